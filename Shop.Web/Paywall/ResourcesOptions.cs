namespace Shop.Web.Paywall;

/// <summary>What the shop may fetch for those who paid.</summary>
internal sealed record ResourcesOptions
{
    public const string Section = "Resources";

    /// <summary>Addresses behind the shop, each ending in a slash: a resource may be answered by what lies below one of them, and by nothing else.</summary>
    public IReadOnlyList<string> Behind { get; set; } = [];

    public bool AreBasesUsable => Behind.All(text =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" } && address.AbsolutePath.EndsWith('/'));
}
