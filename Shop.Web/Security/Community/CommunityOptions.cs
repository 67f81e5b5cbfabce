namespace Shop.Web.Security;

/// <summary>The community's own site, whose members sign in here with the account they have there: OAuth 2 with an authorization code, PKCE and a userinfo address.</summary>
internal sealed record CommunityOptions
{
    public const string Section = "Community";

    /// <summary>What its members call it.</summary>
    public string Name { get; set; } = "";

    /// <summary>The shop's client at the community's site. Null: members sign in with the shop's own accounts alone.</summary>
    public string? ClientId { get; set; }

    public string? ClientSecret { get; set; }

    public Uri? AuthorizeUrl { get; set; }

    public Uri? TokenUrl { get; set; }

    public Uri? UserInfoUrl { get; set; }

    public IReadOnlyList<string> Scopes { get; set; } = [];

    /// <summary>The field of the userinfo answer that never changes for a member and is never given to another one.</summary>
    public string IdField { get; set; } = "sub";

    public string NameField { get; set; } = "preferred_username";

    public string EmailField { get; set; } = "email";

    public bool IsOn => !string.IsNullOrEmpty(ClientId);

    public bool IsComplete => !IsOn
        || (!string.IsNullOrEmpty(ClientSecret) && Name.Length > 0 && IdField.Length > 0 && Addresses.All(address => address is { IsAbsoluteUri: true, Scheme: "http" or "https" }));

    public bool IsSecure => !IsOn || Addresses.All(address => address is { Scheme: "https" });

    private Uri?[] Addresses => [AuthorizeUrl, TokenUrl, UserInfoUrl];
}
