using Shop.Payments;

namespace Shop.Core;

/// <summary>A way to pay as checkout offers it.</summary>
public sealed record PayMethod(string Provider, string Name, MethodRefusal? Disabled, Money? Bound = null)
{
    /// <summary>What is entered there can be kept for later.</summary>
    public bool Saves { get; init; }

    /// <summary>Stands where no money is due: the points pay, and no provider is asked (DECISIONS 8).</summary>
    public const string Points = "points";
}

/// <summary>Why a method cannot be chosen for this cart.</summary>
public enum MethodRefusal
{
    BelowMinimum, AboveMaximum, OtherCurrency, Paused,

    /// <summary>Something renews by itself, and the method cannot be kept, or not charged while its owner is away.</summary>
    NotForRenewals,
}

/// <summary>Everything the confirmation page shows before anything is billed (DW-54).</summary>
public sealed record CheckoutView(CartView Cart, IReadOnlyList<PayMethod> Methods, string? AccountEmail, bool NeedsEmail, int TermsVersion, int PrivacyVersion)
{
    /// <summary>The buyer's kept methods that fit the amount, the usual one first.</summary>
    public IReadOnlyList<SavedMethodView> Saved { get; init; } = [];
}

/// <summary>What the checkout form sends.</summary>
public sealed record PlaceOrder
{
    public required Buyer Buyer { get; init; }

    /// <summary>The chosen method's provider, or <see cref="PayMethod.Points"/>.</summary>
    public required string? Provider { get; init; }

    /// <summary>The handle of a kept method; it says the provider too.</summary>
    public string? Saved { get; init; }

    /// <summary>The buyer wants to keep what they enter at the provider.</summary>
    public bool Save { get; init; }

    /// <summary>The kept method, once it is known to be the buyer's.</summary>
    internal StoredMethod? Own { get; init; }

    /// <summary>The digest of the prices that the page showed.</summary>
    public required string? Shown { get; init; }

    /// <summary>Where the receipt goes; asked of logged-out buyers only.</summary>
    public string? Email { get; init; }

    /// <summary>Who the buyer says they are, as the form has it, for the tax; null: the form did not ask.</summary>
    public TaxForm? Tax { get; init; }

    /// <summary>The country that the network says the request came from; null: it says none, or is not asked.</summary>
    public string? NetworkCountry { get; init; }

    /// <summary>The buyer's language, BCP 47.</summary>
    public required string Culture { get; init; }

    /// <summary>SHA-256 of the network address the request came from; null where limits per address are off.</summary>
    public string? AddressHash { get; init; }
}

/// <summary>What was typed about the buyer for the tax.</summary>
public sealed record TaxForm(string? Country, string? TaxId, string? BillTo);

/// <summary>Which field of the checkout form a refusal belongs to.</summary>
public enum CheckoutField { None, Email, Method, Country, TaxId, BillTo }

public enum PlaceRefusal
{
    EmptyCart,

    /// <summary>A line cannot be bought as it is; the cart says why.</summary>
    LineRefused,

    /// <summary>A line is for oneself, and nobody is signed in.</summary>
    SignInForYourself,

    EmailMissing,

    EmailInvalid,

    MethodMissing,

    /// <summary>The method is not offered, or not for this amount.</summary>
    MethodDisabled,

    /// <summary>The tax depends on the country, and none of the list was chosen.</summary>
    CountryMissing,

    /// <summary>The tax id has not the form of those of the country.</summary>
    TaxIdInvalid,

    /// <summary>There is a tax id, and no name that the receipt could say; or it is too long.</summary>
    BillToMissing,

    /// <summary>The kept card is past its last day.</summary>
    MethodExpired,

    /// <summary>There is nothing to pay, in money or in points (DW-53).</summary>
    NothingDue,

    /// <summary>It is a gift to somebody who wants none from whoever has this address (DW-37).</summary>
    GiftsBanned,

    /// <summary>What renews by itself is paid with money, so that there is a method to charge.</summary>
    RenewalNeedsMoney,

    /// <summary>Too many orders in a short time.</summary>
    TooMany,

    /// <summary>Too many tries at paying in a short time.</summary>
    TooManyTries,
}

/// <summary>What became of placing an order.</summary>
public abstract record PlaceResult
{
    private PlaceResult() { }

    /// <summary>There is an order, new or the same cart's from before. <paramref name="Action"/>: what the buyer must do now; null: look at the order.</summary>
    public sealed record Placed(string Number, BuyerAction? Action) : PlaceResult;

    /// <summary>Nothing was placed.</summary>
    public sealed record Refused(CheckoutField Field, PlaceRefusal Reason) : PlaceResult;

    /// <summary>Nothing was placed: the prices, the points or the lines are no longer what the page showed.</summary>
    public sealed record Changed : PlaceResult;

    /// <summary>Nothing was placed: an earlier order of this cart is with the provider, and it is not certain yet what becomes of its money.</summary>
    public sealed record Busy(string Number) : PlaceResult;

    /// <summary>Nothing was placed: the kept method is not the buyer's, or not there.</summary>
    public sealed record NoSuchMethod : PlaceResult;

    /// <summary>Nothing was placed: the earlier order of this cart turned out to be paid.</summary>
    public sealed record EarlierPaid(string Number) : PlaceResult;
}

/// <summary>What the pay page of an order shows.</summary>
public abstract record PayResult
{
    private PayResult() { }

    /// <summary>The buyer must do something at the provider.</summary>
    public sealed record Act(BuyerAction Action, string Provider, IReadOnlyList<PayMethod> Others) : PayResult
    {
        public IReadOnlyList<SavedMethodView> Saved { get; init; } = [];

        /// <summary>Instead of the fields shown, the provider has a page of its own.</summary>
        public bool HasHostedPage { get; init; }
    }

    /// <summary>The provider is deciding, or it is in doubt: nobody can pay a second time meanwhile.</summary>
    public sealed record Wait(AttemptState State) : PayResult;

    /// <summary>The last attempt ended without money; another method can be chosen.</summary>
    public sealed record Choose(IReadOnlyList<PayMethod> Methods, string? LastReason) : PayResult
    {
        public IReadOnlyList<SavedMethodView> Saved { get; init; } = [];

        /// <summary>The kept method that it was made with, by our name; null: another way.</summary>
        public string? LastSaved { get; init; }
    }

    /// <summary>Nothing to pay here any more: see the order.</summary>
    public sealed record Over(OrderState State) : PayResult;
}
