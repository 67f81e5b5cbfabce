namespace Shop.Accounts;

/// <summary>A signed-in session, kept on the server so that signing out and "end all sessions" are real. The cookie holds only a key.</summary>
public sealed class SignInTicket
{
    public long Id { get; private set; }

    /// <summary>SHA-256 of the key in the cookie, hexadecimal.</summary>
    public required string KeyHash { get; init; }

    public long? MemberId { get; set; }

    /// <summary>The serialised ticket.</summary>
    public required byte[] Value { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset RenewedAt { get; set; }

    public required DateTimeOffset ExpiresAt { get; set; }

    /// <summary>What the browser said that it is; null: nothing.</summary>
    public string? Device { get; init; }

    /// <summary>The network it was begun from, without the part that tells one connection from another; null: not known.</summary>
    public string? Network { get; init; }

    /// <summary>Longer names of browsers are cut.</summary>
    public const int MostDevice = 300;
}
