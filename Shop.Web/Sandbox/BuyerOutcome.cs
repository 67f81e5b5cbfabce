namespace Shop.Web.Sandbox;

/// <summary>What can be made of a payment on the bank's pages: a closed table, one row for each button.
/// A step says where the button stands and on which status it acts, an effect what happens in the bank's books,
/// <see cref="BuyerGoes"/> where the browser is sent.</summary>
internal sealed record BuyerOutcome(BankStep Step, string Value, BankEffect Effect, BuyerGoes Goes)
{
    public static IReadOnlyList<BuyerOutcome> All { get; } =
    [
        new(BankStep.Choose, "ok", BankEffect.Charge, BuyerGoes.ToReturnUrl),
        new(BankStep.Choose, "declined", BankEffect.Decline, BuyerGoes.ToReturnUrl) { Code = DeclineCode.Declined },
        new(BankStep.Choose, "insufficient", BankEffect.Decline, BuyerGoes.ToReturnUrl) { Code = DeclineCode.InsufficientFunds },
        new(BankStep.Choose, "authenticate", BankEffect.Authenticate, BuyerGoes.ToNextStep),
        new(BankStep.Choose, "pending", BankEffect.Wait, BuyerGoes.ToReturnUrl),
        new(BankStep.Choose, "timeout", BankEffect.Charge, BuyerGoes.ToReturnUrl) { Silence = BankSilence.NoAnswer },
        new(BankStep.Choose, "error", BankEffect.Charge, BuyerGoes.ToReturnUrl) { Silence = BankSilence.Failure },
        new(BankStep.Choose, "abandon", BankEffect.None, BuyerGoes.ToCancelUrl),
        new(BankStep.Authenticate, "passed", BankEffect.Charge, BuyerGoes.ToReturnUrl),
        new(BankStep.Authenticate, "failed", BankEffect.Decline, BuyerGoes.ToReturnUrl) { Code = DeclineCode.AuthenticationFailed },
        new(BankStep.Authenticate, "abandon", BankEffect.None, BuyerGoes.ToCancelUrl),
        new(BankStep.Decide, "ok", BankEffect.Charge, BuyerGoes.ToList),
        new(BankStep.Decide, "denied", BankEffect.Decline, BuyerGoes.ToList) { Code = DeclineCode.Denied },
    ];

    /// <summary>Why it is declined; with <see cref="BankEffect.Decline"/> only.</summary>
    public string? Code { get; init; }

    /// <summary>How the bank's API behaves for a while about this payment; null when as always.</summary>
    public string? Silence { get; init; }

    /// <summary>The status of a payment on which it acts. Whatever else a payment has become is left alone.</summary>
    public string ActsOn => Step switch
    {
        BankStep.Choose => BankStatus.Open,
        BankStep.Authenticate => BankStatus.Authenticating,
        BankStep.Decide => BankStatus.Pending,
    };

    /// <summary>The buttons for a payment of that status.</summary>
    public static IEnumerable<BuyerOutcome> On(string status) => All.Where(outcome => outcome.ActsOn == status);

    /// <summary>The button of the hosted page, or of the page of all payments.</summary>
    public static BuyerOutcome? Find(string? value, bool isDecision) =>
        All.FirstOrDefault(outcome => outcome.Value == value && outcome.Step == BankStep.Decide == isDecision);
}

internal enum BankStep { Choose, Authenticate, Decide }

internal enum BankEffect { None, Charge, Decline, Authenticate, Wait }

internal enum BuyerGoes { ToReturnUrl, ToCancelUrl, ToNextStep, ToList }
