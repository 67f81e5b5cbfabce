namespace Shop.Payments;

/// <summary>What a provider can do, as data only. Abilities that need a call are interfaces (Roles.cs).</summary>
public sealed record PaymentCapabilities
{
    public required string DisplayName { get; init; }

    /// <summary>False with test keys: refused in Production, a banner elsewhere.</summary>
    public required bool Live { get; init; }

    /// <summary>Whose money it becomes, as configured. Evidence that names another payee is not ours.</summary>
    public required PayeeReference Payee { get; init; }

    /// <summary>The first is the default.</summary>
    public required IReadOnlyList<PaymentFlow> Flows { get; init; }

    public required IReadOnlySet<Currency> Currencies { get; init; }

    /// <summary>The least amount that it takes, in its own currency; for amounts in another it says nothing.</summary>
    public Money? Minimum { get; init; }

    /// <summary>The most that it takes, in its own currency; for amounts in another it says nothing.</summary>
    public Money? Maximum { get; init; }

    public RefundSupport Refunds { get; init; } = RefundSupport.None;

    public TimeSpan? RefundWindow { get; init; }

    /// <summary>May charge a saved method while the buyer is away (renewals).</summary>
    public bool OffSession { get; init; }

    /// <summary>Zero for cards, weeks for a cheque: an open order lives at least this long.</summary>
    public TimeSpan SettlesWithin { get; init; }

    /// <summary>How long after it happened a movement may be listed for the first time (<see cref="IListsActivity"/>): the shop looks back so far each time.</summary>
    public TimeSpan ListedWithin { get; init; }
}

public enum PaymentFlow { EmbeddedFields, Redirect, ExternalWallet, Offline }

public enum RefundSupport { None, FullOnly, Partial }

public enum BuyerPresence { Present, Absent }
