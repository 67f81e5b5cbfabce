namespace Shop.Accounts;

/// <summary>One refused sign-in, reset or similar guess: what the limits of an account, an address and a pair are counted from.</summary>
public sealed class SignInFailure
{
    public long Id { get; private set; }

    /// <summary>What was tried, for instance <c>sign_in</c> or <c>reset</c>.</summary>
    public required string Action { get; init; }

    /// <summary>SHA-256 of the normalised name that was tried, hexadecimal: names nobody has are counted as well.</summary>
    public required string NameHash { get; init; }

    /// <summary>SHA-256 of the network address, hexadecimal.</summary>
    public required string AddressHash { get; init; }

    public required DateTimeOffset At { get; init; }
}
