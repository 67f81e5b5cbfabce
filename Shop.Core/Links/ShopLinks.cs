namespace Shop.Core;

/// <summary>The absolute addresses that providers and mails are given. They are built from the site's configured address, never from a request.</summary>
public sealed class ShopLinks(Func<Uri> publicBase)
{
    public Uri Order(string number) => At($"orders/{number}");

    /// <summary>The receipt by its link: read-only, and good until it is rotated.</summary>
    public Uri Receipt(string number, string token) => At($"orders/{number}?token={token}");

    /// <summary>The receipt as a file, by the same link.</summary>
    public Uri ReceiptPdf(string number, string token) => At($"orders/{number}/receipt.pdf?token={token}");

    /// <summary>A credit note as a file, by the same link.</summary>
    public Uri CreditNotePdf(string number, string note, string token) => At($"orders/{number}/credit-notes/{note}.pdf?token={token}");

    /// <summary>Where a gift by mail is claimed.</summary>
    public Uri Claim(string code) => At($"gifts/claim/{code}");

    public Uri Pay(string number) => At($"checkout/{number}/pay");

    public Uri Return(string number) => At($"checkout/{number}/return");

    /// <summary>Where a renewal that was not paid is set right.</summary>
    public Uri Fix(string token) => At($"buy/fix/{token}");

    public Uri Subscription(string handle) => At($"account/subscriptions/{handle}");

    /// <summary>The way back from a provider where a method is kept without a purchase.</summary>
    public Uri Setup(Guid setup) => At($"account/payment-methods/{setup:N}");

    public Uri At(string path) => new(publicBase(), path);
}
