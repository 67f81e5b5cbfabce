using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using Api = global::Stripe;
using Checkout = global::Stripe.Checkout;

namespace Shop.Payments.Stripe;

/// <summary>The only file that knows Stripe.net: one method for each call that is used, answered in our words. It repeats nothing by itself and
/// tells nobody how long calls took. A refusal with a reason is an answer; whatever else is not a readable success is thrown.</summary>
internal sealed class StripeClient(IHttpClientFactory clients, IOptions<StripeOptions> options)
{
    private const int MostInAList = 100;

    private static readonly string[] InCharge = ["balance_transaction", "refunds"];
    private static readonly List<string> InIntent = ["payment_method", .. InCharge.Select(it => $"latest_charge.{it}")];
    private static readonly List<string> InSession = ["setup_intent", "setup_intent.payment_method", .. InIntent.Select(it => $"payment_intent.{it}")];

    // ---- payments ----------------------------------------------------------------------------------------------------------------------

    /// <summary>Moves no money: it is confirmed by its id, here or in the buyer's browser.</summary>
    public Task<StripeAnswer<StripeIntent>> CreateIntentAsync(NewStripePayment payment, IdempotencyKey key, CancellationToken cancellationToken)
    {
        var asked = new Api.PaymentIntentCreateOptions
        {
            Amount = payment.Amount.Minor,
            Currency = Code(payment.Amount.Currency),
            AutomaticPaymentMethods = new Api.PaymentIntentAutomaticPaymentMethodsOptions { Enabled = true },
            Description = payment.Summary,
            Metadata = Metadata(payment),
            Expand = InIntent,
        };
        // only what there is: Stripe.net sends what was set to null as an empty parameter
        Set(payment.Customer, it => asked.Customer = it);
        Set(payment.Method, it => asked.PaymentMethod = it);
        Set(payment.StatementName, it => asked.StatementDescriptorSuffix = it);
        Set(payment.KeepForLater ? KeepUsage : null, it => asked.SetupFutureUsage = it);
        return AskAsync(api => api.V1.PaymentIntents.CreateAsync(asked, Keyed(key), cancellationToken), it => Intent(it));
    }

    public Task<StripeAnswer<StripeIntent>> GetIntentAsync(string id, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.PaymentIntents.GetAsync(id, new Api.PaymentIntentGetOptions { Expand = InIntent }, null, cancellationToken), it => Intent(it, id));

    public Task<StripeAnswer<StripeIntent>> ConfirmIntentAsync(string id, Uri returnUrl, bool isBuyerAway, IdempotencyKey key, CancellationToken cancellationToken)
    {
        var asked = new Api.PaymentIntentConfirmOptions { ReturnUrl = returnUrl.AbsoluteUri, Expand = InIntent };
        if (isBuyerAway)
        {
            asked.OffSession = true;
        }

        return AskAsync(api => api.V1.PaymentIntents.ConfirmAsync(id, asked, Keyed(key), cancellationToken), it => Intent(it, id));
    }

    public Task<StripeAnswer<StripeIntent>> CancelIntentAsync(string id, IdempotencyKey key, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.PaymentIntents.CancelAsync(
            id, new Api.PaymentIntentCancelOptions { CancellationReason = "abandoned", Expand = InIntent }, Keyed(key), cancellationToken), it => Intent(it, id));

    /// <summary>Stripe's search is late by up to a minute or more: what it finds is there, what it does not find proves nothing.</summary>
    public Task<StripeAnswer<IReadOnlyList<StripeIntent>>> SearchIntentsAsync(AttemptId attempt, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.PaymentIntents.SearchAsync(
            new Api.PaymentIntentSearchOptions { Query = $"metadata['{AttemptKey}']:'{attempt.Value}'", Expand = [.. InIntent.Select(it => $"data.{it}")] },
            null, cancellationToken), IReadOnlyList<StripeIntent> (found) => [.. Items(found.Data).Select(it => Intent(it))]);

    public Task<StripeAnswer<StripePage<StripeIntent>>> ListIntentsAsync(DateTimeOffset from, DateTimeOffset until, string? after, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.PaymentIntents.ListAsync(
            new Api.PaymentIntentListOptions { Created = Range(from, until), Limit = MostInAList, StartingAfter = after, Expand = [.. InIntent.Select(it => $"data.{it}")] },
            null, cancellationToken), list => Page(list, it => Intent(it), it => it.Id));

    // ---- hosted pages ------------------------------------------------------------------------------------------------------------------

    public Task<StripeAnswer<StripeSession>> CreateSessionAsync(NewStripePayment payment, NewStripePage page, IdempotencyKey key, CancellationToken cancellationToken)
    {
        var intent = new Checkout.SessionPaymentIntentDataOptions { Description = payment.Summary, Metadata = Metadata(payment) };
        Set(payment.KeepForLater ? KeepUsage : null, it => intent.SetupFutureUsage = it);
        Set(payment.StatementName, it => intent.StatementDescriptorSuffix = it);
        var asked = new Checkout.SessionCreateOptions
        {
            Mode = "payment",
            ClientReferenceId = payment.Attempt.Value.ToString(),
            LineItems =
            [
                new Checkout.SessionLineItemOptions
                {
                    Quantity = 1,
                    PriceData = new Checkout.SessionLineItemPriceDataOptions
                    {
                        Currency = Code(payment.Amount.Currency),
                        UnitAmount = payment.Amount.Minor,
                        ProductData = new Checkout.SessionLineItemPriceDataProductDataOptions { Name = payment.Summary },
                    },
                },
            ],
            PaymentIntentData = intent,
            Metadata = Metadata(payment),
            Locale = page.Locale,
            SuccessUrl = page.ReturnUrl.AbsoluteUri,
            CancelUrl = page.CancelUrl.AbsoluteUri,
            Expand = InSession,
        };
        Set(payment.Customer, it => asked.Customer = it);
        Set(payment.Customer is null ? page.Email : null, it => asked.CustomerEmail = it);
        return AskAsync(api => api.V1.Checkout.Sessions.CreateAsync(asked, Keyed(key), cancellationToken), it => Session(it));
    }

    public Task<StripeAnswer<StripeSession>> CreateSetupSessionAsync(string customer, Uri returnUrl, IdempotencyKey key, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Checkout.Sessions.CreateAsync(
            new Checkout.SessionCreateOptions
            {
                Mode = "setup", Customer = customer, Currency = "usd", SuccessUrl = returnUrl.AbsoluteUri, CancelUrl = returnUrl.AbsoluteUri, Expand = InSession,
            },
            Keyed(key), cancellationToken), it => Session(it));

    public Task<StripeAnswer<StripeSession>> GetSessionAsync(string id, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Checkout.Sessions.GetAsync(id, new Checkout.SessionGetOptions { Expand = InSession }, null, cancellationToken), it => Session(it, id));

    public Task<StripeAnswer<StripeSession>> ExpireSessionAsync(string id, IdempotencyKey key, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Checkout.Sessions.ExpireAsync(id, new Checkout.SessionExpireOptions { Expand = InSession }, Keyed(key), cancellationToken), it => Session(it, id));

    public Task<StripeAnswer<StripePage<StripeSession>>> ListSessionsAsync(DateTimeOffset from, DateTimeOffset until, string? after, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Checkout.Sessions.ListAsync(
            new Checkout.SessionListOptions { Created = Range(from, until), Limit = MostInAList, StartingAfter = after }, null, cancellationToken), list => Page(list, it => Session(it), it => it.Id));

    public Task<StripeAnswer<StripePage<StripeSession>>> ListSessionsOfAsync(string intent, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Checkout.Sessions.ListAsync(
            new Checkout.SessionListOptions { PaymentIntent = intent }, null, cancellationToken), list => Page(list, it => Session(it), it => it.Id));

    // ---- money back --------------------------------------------------------------------------------------------------------------------

    public Task<StripeAnswer<StripeRefund>> RefundAsync(string charge, RefundId refund, Money amount, IdempotencyKey key, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Refunds.CreateAsync(
            new Api.RefundCreateOptions
            {
                Charge = charge,
                Amount = amount.Minor,
                Reason = "requested_by_customer",
                Metadata = new Dictionary<string, string> { [RefundKey] = refund.Value.ToString() },
            },
            Keyed(key), cancellationToken), it => Refund(it));

    public Task<StripeAnswer<StripeRefund>> GetRefundAsync(string id, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Refunds.GetAsync(id, null, null, cancellationToken), it => Refund(it, id));

    public Task<StripeAnswer<StripePage<StripeRefund>>> ListRefundsOfAsync(string charge, string? after, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Refunds.ListAsync(
            new Api.RefundListOptions { Charge = charge, Limit = MostInAList, StartingAfter = after }, null, cancellationToken), list => Page(list, it => Refund(it), it => it.Id));

    public Task<StripeAnswer<StripePage<StripeDispute>>> ListDisputesOfAsync(string charge, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Disputes.ListAsync(
            new Api.DisputeListOptions { Charge = charge, Limit = MostInAList }, null, cancellationToken), list => Page(list, Dispute, it => it.Id));

    // ---- what was moved ----------------------------------------------------------------------------------------------------------------

    public Task<StripeAnswer<StripePage<StripeCharge>>> ListChargesAsync(DateTimeOffset from, DateTimeOffset until, string? after, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Charges.ListAsync(
            new Api.ChargeListOptions { Created = Range(from, until), Limit = MostInAList, StartingAfter = after }, null, cancellationToken), list => Page(list, Charge, it => it.Id));

    public Task<StripeAnswer<StripePage<StripeRefund>>> ListRefundsAsync(DateTimeOffset from, DateTimeOffset until, string? after, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Refunds.ListAsync(
            new Api.RefundListOptions { Created = Range(from, until), Limit = MostInAList, StartingAfter = after, Expand = ["data.charge"] },
            null, cancellationToken), list => Page(list, it => Refund(it), it => it.Id));

    public Task<StripeAnswer<StripePage<StripeDispute>>> ListDisputesAsync(DateTimeOffset from, DateTimeOffset until, string? after, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Disputes.ListAsync(
            new Api.DisputeListOptions { Created = Range(from, until), Limit = MostInAList, StartingAfter = after, Expand = ["data.charge"] },
            null, cancellationToken), list => Page(list, Dispute, it => it.Id));

    // ---- customers and what they keep ----------------------------------------------------------------------------------------------------

    public Task<StripeAnswer<string>> CreateCustomerAsync(string accountKey, string? email, IdempotencyKey key, CancellationToken cancellationToken)
    {
        var asked = new Api.CustomerCreateOptions { Metadata = new Dictionary<string, string> { ["user_id"] = accountKey } };
        Set(email, it => asked.Email = it);
        return AskAsync(api => api.V1.Customers.CreateAsync(asked, Keyed(key), cancellationToken), it => Text(it.Id));
    }

    public Task<StripeAnswer<StripeMethod>> CreateMethodAsync(SingleUseToken token, IdempotencyKey key, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.PaymentMethods.CreateAsync(
            new Api.PaymentMethodCreateOptions { Type = "card", Card = new Api.PaymentMethodCardOptions { Token = token.Value } }, Keyed(key), cancellationToken), Method);

    public Task<StripeAnswer<StripeMethod>> AttachMethodAsync(string method, string customer, IdempotencyKey key, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.PaymentMethods.AttachAsync(method, new Api.PaymentMethodAttachOptions { Customer = customer }, Keyed(key), cancellationToken), Method);

    public Task<StripeAnswer<StripeMethod>> DetachMethodAsync(string method, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.PaymentMethods.DetachAsync(method, null, null, cancellationToken), Method);

    public Task<StripeAnswer<StripeMethod>> GetMethodAsync(string method, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.PaymentMethods.GetAsync(method, null, null, cancellationToken), Method);

    public Task<StripeAnswer<StripePage<StripeMethod>>> ListMethodsAsync(string customer, string? after, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Customers.PaymentMethods.ListAsync(
            customer, new Api.CustomerPaymentMethodListOptions { Type = "card", Limit = MostInAList, StartingAfter = after }, null, cancellationToken), list => Page(list, Method, it => it.Id));

    public Task<StripeAnswer<StripeSetup>> CreateSetupAsync(string customer, IdempotencyKey key, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.SetupIntents.CreateAsync(
            new Api.SetupIntentCreateOptions
            {
                Customer = customer,
                Usage = KeepUsage,
                AutomaticPaymentMethods = new Api.SetupIntentAutomaticPaymentMethodsOptions { Enabled = true },
                Expand = ["payment_method"],
            },
            Keyed(key), cancellationToken), it => Setup(it));

    public Task<StripeAnswer<StripeSetup>> GetSetupAsync(string id, CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.SetupIntents.GetAsync(id, new Api.SetupIntentGetOptions { Expand = ["payment_method"] }, null, cancellationToken), it => Setup(it, id));

    /// <summary>Whose key ours is.</summary>
    public Task<StripeAnswer<StripeAccount>> GetAccountAsync(CancellationToken cancellationToken) =>
        AskAsync(api => api.V1.Accounts.GetSelfAsync(null, cancellationToken), it => new StripeAccount(Text(it.Id), it.ChargesEnabled));

    // ---- the wire --------------------------------------------------------------------------------------------------------------------------

    /// <summary>The names in Stripe's metadata under which our ids stand, also in events.</summary>
    public const string AttemptKey = "attempt_id";

    public const string RefundKey = "refund_id";

    private const string WayKey = "way";

    /// <summary>Kept cards are charged again when their owner is away, for renewals.</summary>
    private const string KeepUsage = "off_session";

    private async Task<StripeAnswer<T>> AskAsync<TStripe, T>(Func<Api.StripeClient, Task<TStripe>> call, Func<TStripe, T> told)
        where TStripe : Api.StripeEntity
    {
        var wire = new Api.SystemNetHttpClient(clients.CreateClient(StripePlugin.Name), maxNetworkRetries: 0, appInfo: null, enableTelemetry: false);
        var api = new Api.StripeClient(new Api.StripeClientOptions { ApiKey = options.Value.SecretKey, ApiBase = options.Value.ApiBase.AbsoluteUri.TrimEnd('/'), HttpClient = wire });
        try
        {
            var answer = await call(api);
            return new StripeAnswer<T>.Given(told(answer), answer.StripeResponse.Headers.Contains("Idempotent-Replayed"));
        }
        catch (Api.StripeException e) when (e.HttpStatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            // about our key, not about what was asked
            throw new HttpRequestException("Stripe refuses our key.", null, e.HttpStatusCode);
        }
        catch (Api.StripeException e) when (e.StripeError is { Type: { } type } error)
        {
            return new StripeAnswer<T>.Refused(new StripeRefusal((int)e.HttpStatusCode, type, error.Code, error.DeclineCode));
        }
    }

    private static void Set(string? value, Action<string> set)
    {
        if (value is not null)
        {
            set(value);
        }
    }

    private static Api.RequestOptions Keyed(IdempotencyKey key) => new() { IdempotencyKey = key.Value };

    private static Dictionary<string, string> Metadata(NewStripePayment payment) => new()
    {
        [AttemptKey] = payment.Attempt.Value.ToString(),
        [WayKey] = payment.Way,
        ["reference"] = payment.Reference,
    };

    private static Api.DateRangeOptions Range(DateTimeOffset from, DateTimeOffset until) => new() { GreaterThanOrEqual = from.UtcDateTime, LessThan = until.UtcDateTime };

    // ---- Stripe's objects in our words; what is missing in them is thrown --------------------------------------------------------------------

    private static StripePage<T> Page<TStripe, T>(Api.StripeList<TStripe> list, Func<TStripe, T> told, Func<TStripe, string> id)
    {
        var items = Items(list.Data);
        return new StripePage<T>([.. items.Select(told)], list.HasMore && items.Count > 0 ? Text(id(items[^1])) : null);
    }

    private static StripeIntent Intent(Api.PaymentIntent it, string? asked = null) => new(
        Same(it.Id, it.Object, "payment_intent", asked), Text(it.Status), it.Livemode, Ours(it.Metadata, AttemptKey), Ours(it.Metadata, WayKey), it.ClientSecret, it.CustomerId,
        it.SetupFutureUsage is not null, it.PaymentMethod is { } method ? Method(method) : null,
        it.NextAction?.RedirectToUrl?.Url is { } url ? new Uri(url) : null,
        it.LastPaymentError is { } error ? new StripeRefusal(402, error.Type ?? "", error.Code, error.DeclineCode) : null,
        it.LatestCharge is { } charge ? Charge(charge) : it.LatestChargeId is null ? null : throw new StripeAnswerException("a charge was not expanded"),
        Amount(it.AmountCapturable, it.Currency, least: 0));

    private static StripeSession Session(Checkout.Session it) => Session(it, null);

    private static StripeSession Session(Checkout.Session it, string? asked) => new(
        Same(it.Id, it.Object, "checkout.session", asked), Text(it.Status), it.Livemode, Ours(it.Metadata, AttemptKey), it.Url is { } url ? new Uri(url) : null,
        Time(it.ExpiresAt), it.CustomerId, it.PaymentIntent is { } intent ? Intent(intent) : null, it.SetupIntent is { } setup ? Setup(setup) : null);

    private static StripeCharge Charge(Api.Charge it) => new(
        Same(it.Id, it.Object, "charge", null), it is { Status: "succeeded", Paid: true, Captured: true },
        Amount(it.Captured && it.Status == "succeeded" ? it.AmountCaptured : it.Amount, it.Currency, least: 1),
        it.BalanceTransaction is { } entry ? Amount(entry.Fee, entry.Currency, least: 0) : null, Time(it.Created), Ours(it.Metadata, AttemptKey),
        it.PaymentMethodDetails?.Card?.Fingerprint, it.Disputed, [.. (it.Refunds?.Data ?? []).Select(refund => Refund(refund))], it.Refunds?.HasMore ?? false,
        it.PaymentMethodDetails is { Type: { } type } with ? new PaidWith(with.Card?.Brand ?? type, with.Card?.Last4, with.Card?.Country) : null);

    private static StripeRefund Refund(Api.Refund it, string? asked = null) => new(
        Same(it.Id, it.Object, "refund", asked), Text(it.Status), Ours(it.Metadata, RefundKey), it.ChargeId, Amount(it.Amount, it.Currency, least: 1), it.FailureReason,
        Ours(it.Charge?.Metadata, AttemptKey), Time(it.Created));

    private static StripeDispute Dispute(Api.Dispute it) => new(
        Same(it.Id, it.Object, "dispute", null), Text(it.Status), it.ChargeId, Amount(it.Amount, it.Currency, least: 1), Ours(it.Charge?.Metadata, AttemptKey), Time(it.Created));

    private static StripeMethod Method(Api.PaymentMethod it) => new(
        Same(it.Id, it.Object, "payment_method", null), it.CustomerId, Text(it.Type), it.Card?.DisplayBrand ?? it.Card?.Brand, it.Card?.Last4,
        (int?)it.Card?.ExpMonth, (int?)it.Card?.ExpYear);

    private static StripeSetup Setup(Api.SetupIntent it, string? asked = null) => new(
        Same(it.Id, it.Object, "setup_intent", asked), Text(it.Status), it.ClientSecret, it.CustomerId, it.PaymentMethod is { } method ? Method(method) : null,
        it.LastSetupError is { } error ? new StripeRefusal(402, error.Type ?? "", error.Code, error.DeclineCode) : null);

    private static string Same(string? id, string? kind, string wanted, string? asked) =>
        kind == wanted && !string.IsNullOrEmpty(id) && (asked is null || id == asked) ? id : throw new StripeAnswerException("another object than was asked for");

    private static string Text(string? text) => string.IsNullOrEmpty(text) ? throw new StripeAnswerException("a field is missing") : text;

    private static List<T> Items<T>(List<T>? items) => items ?? throw new StripeAnswerException("a list without its items");

    private static string? Ours(Dictionary<string, string>? metadata, string key) => metadata?.GetValueOrDefault(key);

    private static Money Amount(long minor, string? code, long least) =>
        minor < least ? throw new StripeAnswerException("an amount that cannot be")
        : Currency.TryOf(code?.ToUpperInvariant(), out var currency) ? new Money(minor, currency)
        : throw new StripeAnswerException("a currency that this shop does not know");

    // Stripe.net hands out UTC times
    private static DateTimeOffset Time(DateTime utc) => new(DateTime.SpecifyKind(utc, DateTimeKind.Utc));

    private static string Code(Currency currency) => CultureInfo.InvariantCulture.TextInfo.ToLower(currency.Code);
}

/// <summary>Stripe answered, and the answer cannot be believed.</summary>
internal sealed class StripeAnswerException(string why) : Exception(why);
