using System.ComponentModel.DataAnnotations;

namespace Shop.Payments.Offline;

/// <summary>A way to pay that needs no computer: <c>Payments:cheque</c>, <c>Payments:money-order</c>, <c>Payments:bank-transfer</c>.</summary>
public sealed record OfflineOptions
{
    /// <summary>The name that stands on the cheque, or that the account is in.</summary>
    [Required, MaxLength(100)]
    public string PayTo { get; set; } = "";

    /// <summary>Where it goes: a postal address, or an account number with its bank. Lines as they are to be shown.</summary>
    [Required, MaxLength(500)]
    public string Address { get; set; } = "";

    /// <summary>The currency that is taken.</summary>
    [Required]
    public string Currency { get; set; } = "USD";

    /// <summary>The least amount, in minor units; 0: any.</summary>
    [Range(0, 100_000_00)]
    public long MinimumMinor { get; set; }

    /// <summary>Days until an order that nobody paid is over.</summary>
    [Range(1, 90)]
    public int WaitingDays { get; set; } = 21;

    /// <summary>Not offered any more.</summary>
    public bool Retired { get; set; }

    public bool IsCurrencyKnown => Payments.Currency.TryOf(Currency, out _);
}
