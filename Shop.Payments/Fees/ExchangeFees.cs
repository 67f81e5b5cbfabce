namespace Shop.Payments.Fees;

/// <summary>One signing key of an exchange: from when to when its coins are withdrawn, and until when they are deposited. UTC, whole seconds.</summary>
public sealed record DenominationKey(Denomination Coin, DateTimeOffset Start, DateTimeOffset WithdrawEnd, DateTimeOffset DepositEnd, bool Lost = false)
{
    public bool IsWithdrawnAt(DateTimeOffset now) => !Lost && Start <= now && now < WithdrawEnd;

    public bool IsHeldAt(DateTimeOffset now) => !Lost && now < DepositEnd;

    /// <summary>Seconds from the last withdrawal to the last deposit.</summary>
    public long SpendingSeconds => (DepositEnd - WithdrawEnd).Ticks / TimeSpan.TicksPerSecond;
}

/// <summary>A fee that holds for a time: of a way to wire, or those of the exchange as a whole.</summary>
public sealed record TimedFee(string Method, long Fee, DateTimeOffset Start, DateTimeOffset End);

/// <summary>The estimate an operator announces: abs + log x log2(P / v_min) + lin x P.</summary>
public sealed record FeeEstimate(long Absolute, long Logarithmic, Ratio Linear)
{
    public long Of(long amount, long smallest) =>
        (long)(new Ratio(Absolute, 1) + (new Ratio(Logarithmic, 1) * Logarithm.Log2(new(amount, smallest))) + (Linear * new Ratio(amount, 1))).HalfUp();
}

public sealed record ExchangeFees(
    string Currency, IReadOnlyList<DenominationKey> Keys, IReadOnlyList<TimedFee> WireFees, IReadOnlyList<TimedFee> GlobalFees, FeeEstimate? Estimate);

/// <summary>What is asked of an exchange's fees. Amounts in units of <see cref="FeeAmount"/>.</summary>
public sealed record ExchangeQuestions
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>Amounts that are withdrawn; empty: 1, 2, 5, 10, 20, 50 and 100 of the currency.</summary>
    public IReadOnlyList<long> Withdrawals { get; init; } = [];

    /// <summary>The least amount that is spent; null: the step.</summary>
    public long? SpendFrom { get; init; }

    /// <summary>The most that is spent; null: what the largest withdrawal pays.</summary>
    public long? SpendTo { get; init; }

    /// <summary>Amounts are multiples of it; null: the smallest value, or a power of ten of it where the grid grew too large.</summary>
    public long? Step { get; init; }

    /// <summary>The most a merchant takes over of one payment; null: everything.</summary>
    public long? MaxFee { get; init; }

    /// <summary>Whose fee is the merchant's share for the transfer; null: none.</summary>
    public string? Wire { get; init; }

    /// <summary>When coins are refreshed, as a part of their spending time.</summary>
    public Ratio RefreshAt { get; init; } = new(1, 2);

    /// <summary>What a refund by another way costs.</summary>
    public long RefundElsewhere { get; init; }

    /// <summary>A refund gives the deposit fee back as well.</summary>
    public bool RefundReturnsDeposit { get; init; }

    /// <summary>Coins one operation takes.</summary>
    public int CoinsPerOperation { get; init; } = 256;
}
