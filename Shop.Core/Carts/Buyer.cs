namespace Shop.Core;

/// <summary>
/// Who is at the shop's counter: a member, or a browser by the hash of the key in its cart cookie, or nobody yet. A member who is signed in
/// has the account's cart, whatever the browser's cookie says.
/// </summary>
public sealed record Buyer(long? MemberId, string? SessionHash)
{
    public static Buyer Nobody { get; } = new(null, null);

    /// <summary>The buyer of a request: <paramref name="cartKey"/> is the cookie's value, as it came.</summary>
    public static Buyer Of(long? memberId, string? cartKey) =>
        new(memberId, string.IsNullOrEmpty(cartKey) || cartKey.Length > 100 ? null : Codes.Hash(cartKey));

    /// <summary>The buyer of a frame: the shop made the key and sealed it, so a cart of it may begin by it, and two requests of one form share it.</summary>
    public static Buyer Issued(string key) => new(null, Codes.Hash(key)) { IsIssued = true };

    internal bool IsIssued { get; private init; }

    /// <summary>SHA-256 of the token by whose link this browser sets a failed renewal right; null: none.</summary>
    public string? FixHash { get; init; }

    /// <summary>SHA-256 of the session that paid resources are opened in; null: none. An order that it has claimed is its own to pay, without a cart.</summary>
    public string? ResourceHash { get; init; }

    internal bool HasCart => MemberId is not null || SessionHash is not null;
}
