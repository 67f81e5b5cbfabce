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

    /// <summary>A paid resource; whoever has paid for it goes there.</summary>
    public string Resource(string code) => $"{Base}/r/{Uri.EscapeDataString(code)}";

    /// <summary>Where whoever has paid an order goes that is for nothing which the shop could open.</summary>
    public string Paid(string number) => $"{Base}/orders/{number}/paid";

    /// <summary>The page of an order of the matrix, for a session and with one of the credentials or none (parity/taler.md section 1).</summary>
    public string Status(string number, string? token, string? contractHash, string? session)
    {
        string?[] query =
        [
            token is null ? null : "token=" + Uri.EscapeDataString(token),
            contractHash is null ? null : "h_contract=" + Uri.EscapeDataString(contractHash),
            session is null ? null : "session_id=" + Uri.EscapeDataString(session),
        ];
        var told = string.Join('&', query.OfType<string>());
        return $"{Base}/orders/{Uri.EscapeDataString(number)}{(told.Length == 0 ? "" : "?" + told)}";
    }

    /// <summary>Without the slash at its end; a path that the shop stands under is kept.</summary>
    private string Base => publicBase().AbsoluteUri.TrimEnd('/');

    public Uri At(string path) => new(publicBase(), path);
}
