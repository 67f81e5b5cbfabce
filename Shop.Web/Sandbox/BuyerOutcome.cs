namespace Shop.Web.Sandbox;

/// <summary>What the buyer can make of a payment on the hosted page: a closed table, one row for each button.
/// An effect says what happens in the bank's books, <see cref="BuyerGoes"/> where the browser is sent.</summary>
internal sealed record BuyerOutcome(string Value, BankEffect Effect, BuyerGoes Goes)
{
    public static IReadOnlyList<BuyerOutcome> All { get; } =
    [
        new("ok", BankEffect.Charge, BuyerGoes.ToReturnUrl),
        new("abandon", BankEffect.None, BuyerGoes.ToCancelUrl),
    ];

    public static BuyerOutcome? Find(string? value) => All.FirstOrDefault(outcome => outcome.Value == value);
}

internal enum BankEffect { None, Charge }

internal enum BuyerGoes { ToReturnUrl, ToCancelUrl }
