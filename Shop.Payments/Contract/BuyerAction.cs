namespace Shop.Payments;

/// <summary>What the buyer must do next. Never stored: a look-up gives it again.</summary>
public abstract record BuyerAction
{
    private BuyerAction() { }

    public sealed record Redirect(Uri Url) : BuyerAction;

    /// <summary>The provider's own fields, drawn by the widget of that name with data that may stand in a page.</summary>
    public sealed record FillFields(string Widget, IReadOnlyDictionary<string, string> PublicData) : BuyerAction;

    /// <summary>Drawn as a QR code and as a link.</summary>
    public sealed record OpenWallet(Uri WalletUri) : BuyerAction;

    public sealed record SendFunds(string PayTo, string Reference, string Address) : BuyerAction;
}
