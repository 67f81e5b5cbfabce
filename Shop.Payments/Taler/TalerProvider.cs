using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Shop.Payments.Taler;

/// <summary>Pays at a GNU Taler merchant back end: the shop makes an order there under an id of its own, and the buyer's wallet pays it. What counts is only what the back
/// end says of that order when it is asked.</summary>
/// <remarks>The order's id is made of the shop's key: the same key is the same order, however often it is sent, and every look-up finds it without the answer to the first call.</remarks>
internal sealed partial class TalerProvider(TalerClient backEnd, IOptions<TalerOptions> options)
    : IPaymentProvider, ICancelsPayments, IRefundsPayments, IReceivesWebhooks, IListsActivity, IReportsHealth
{
    /// <summary>Before a payment's reference; a capture's is the order's id alone.</summary>
    private const string Orders = "orders/";

    /// <summary>So long an order may be claimed; the back end's own deadline, which may be longer, is for the wallet that has claimed it.</summary>
    private static readonly TimeSpan OpenFor = TimeSpan.FromHours(4);

    private readonly Currency counted = Currency.Of(options.Value.Counted);

    public ProviderId Id => TalerPlugin.Id;

    public PaymentCapabilities Capabilities { get; } = Can(options.Value);

    public async Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken)
    {
        if (request.Source is not PaymentSource.Fresh)
        {
            throw new NotSupportedException("A wallet pays by itself and is never charged.");
        }

        if (request.Amount.Currency != counted)
        {
            throw new NotSupportedException("The back end takes another currency.");
        }

        var id = OrderId(request.Key);
        var order = new NewOrder(
            new NewOrderTerms(request.Summary, TalerAmount.Of(request.Amount, options.Value.Currency).ToString(), id, Fulfillment(request, id), new NewOrderExtra(request.Attempt.Value)),
            TalerSpan.Of(TimeSpan.FromDays(options.Value.RefundDays)),
            CreateToken: true);
        return await backEnd.CreateAsync(order, cancellationToken) switch
        {
            TalerAnswer<TalerCreated>.Given { Body.OrderId: var made } when made != id => PaymentSnapshot.Unknown("another_order"),
            // made now or before: how it stands, the look-up tells
            TalerAnswer<TalerCreated>.Given => Told(id, Body(await backEnd.GetOrderAsync(id, cancellationToken))),
            // the back end looked at the order and would not have it: certain, and final
            TalerAnswer<TalerCreated>.Refused { Status: HttpStatusCode.BadRequest or HttpStatusCode.Gone } refused =>
                new PaymentSnapshot { Outcome = new PaymentOutcome.Declined(DeclineReason.Unspecified, TalerCodes.Word(refused.Status, refused.Code)) },
            var other => Doubt(other),
        };
    }

    public async Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken)
    {
        var id = OrderId(payment.StartKey);
        if (payment.Reference is { } reference && reference != Reference(id))
        {
            return PaymentSnapshot.Unknown("foreign_reference");
        }

        return await backEnd.GetOrderAsync(id, cancellationToken) switch
        {
            TalerAnswer<TalerOrder>.Given given when Told(id, given.Body) is var told =>
                // under this key somebody else's order is found: ours was never made
                payment.Reference is null && told.OurAttempt is { } named && named != payment.Attempt ? new PaymentSnapshot { Outcome = new PaymentOutcome.NotFound() } : told,
            TalerAnswer<TalerOrder>.Refused { Code: TalerCodes.OrderUnknown } => Gone(payment),
            var other => Doubt(other),
        };
    }

    public async Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken)
    {
        var id = OrderId(payment.StartKey);
        if (payment.Reference is { } reference && reference != Reference(id))
        {
            return PaymentSnapshot.Unknown("foreign_reference");
        }

        return await backEnd.DeleteAsync(id, cancellationToken) switch
        {
            TalerAnswer<TalerNothing>.Given => new PaymentSnapshot { Outcome = new PaymentOutcome.Cancelled(), Reference = Reference(id) },
            TalerAnswer<TalerNothing>.Refused { Code: TalerCodes.OrderUnknown } => Gone(payment),
            // it was paid, or a wallet has claimed it and may pay until its deadline: the look-up tells which
            TalerAnswer<TalerNothing>.Refused { Status: HttpStatusCode.Conflict } => await GetAsync(payment, cancellationToken),
            var other => Doubt(other),
        };
    }

    public async Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            var config = Body(await backEnd.GetConfigAsync(cancellationToken));
            if (config.Name != "taler-merchant" || !IsVersionKnown(config.Version))
            {
                return new ProviderHealth(false, false, "There is no merchant back end of a version that this shop knows.");
            }

            if (config.Currency != options.Value.Currency && !config.Currencies.ContainsKey(options.Value.Currency))
            {
                return new ProviderHealth(false, false, "The back end takes other currencies.");
            }

            // says whether our token opens the instance
            Body(await backEnd.ListPaidAsync(null, cancellationToken));
            var hears = options.Value.CurrentSecrets.Count > 0;
            return new ProviderHealth(true, hears, hears ? null : "There is no secret for webhooks; payments are found by asking.");
        }
        catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            return new ProviderHealth(false, false, "The back end refuses our token.");
        }
    }

    private static PaymentCapabilities Can(TalerOptions options)
    {
        var currency = Currency.Of(options.Counted);
        return new PaymentCapabilities
        {
            DisplayName = "Taler",
            Live = options.Live,
            Payee = new PayeeReference(options.Public.AbsoluteUri),
            Flows = [PaymentFlow.ExternalWallet],
            Currencies = new HashSet<Currency> { currency },
            Maximum = new TalerAmount(options.Currency, (Int128)TalerAmount.MostWhole * TalerAmount.One).TryTo(currency, out var most) ? most : null,
            Refunds = RefundSupport.Partial,
            RefundWindow = TimeSpan.FromDays(options.RefundDays),
        };
    }

    /// <summary>The versions of the API, of which the last is named with how many before it are still served, and those this shop was written for.</summary>
    private static bool IsVersionKnown(string version) =>
        version.Split(':') is [var current, _, var age] && int.TryParse(current, out var last) && int.TryParse(age, out var back) && back >= 0 && last - back <= 32 && last >= 20;

    /// <summary>Of what is bought anew each time, each order has an address of its own: a wallet that knows the address would prove the earlier payment instead.</summary>
    private static Uri Fulfillment(StartPayment request, string id) => request.Repeatable
        ? new Uri($"{request.ReturnUrl.AbsoluteUri}{(request.ReturnUrl.Query.Length > 0 ? "&" : "?")}order={id}")
        : request.ReturnUrl;

    /// <summary>32 letters and digits that nobody guesses who does not know the key.</summary>
    private static string OrderId(IdempotencyKey key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.Value)).AsSpan(0, 16));

    private static ProviderReference Reference(string id) => new(Orders + id);

    /// <summary>The back end knows no such order, and an order it does not know can never be paid.</summary>
    private static PaymentSnapshot Gone(PaymentLocator payment) =>
        new() { Outcome = payment.Reference is null ? new PaymentOutcome.NotFound() : new PaymentOutcome.Cancelled(), Reference = payment.Reference };

    private PaymentSnapshot Told(string id, TalerOrder order)
    {
        if (order.Terms?.OrderId is { } named && named != id)
        {
            throw new JsonException("The back end told of another order.");
        }

        var amount = (order.Terms?.Amount ?? order.TotalAmount) is { } said ? Read(said) : (TalerAmount?)null;
        var snapshot = new PaymentSnapshot
        {
            Outcome = new PaymentOutcome.Unknown("status_not_understood"),
            Live = amount is { } known ? TalerOptions.IsLive(known.Currency) : null,
            Payee = order.Terms?.MerchantBaseUrl is { IsAbsoluteUri: true } payee ? new PayeeReference(TalerOptions.Whole(payee).AbsoluteUri) : null,
            OurAttempt = Attempt(order.Terms),
            Reference = Reference(id),
        };
        return order.OrderStatus switch
        {
            "unpaid" when IsOurs(order.TalerPayUri, id, out var pay) => snapshot with
            {
                Outcome = Open(pay, Earlier((order.Terms?.PayDeadline ?? order.PayDeadline)?.At, (order.Terms?.Timestamp ?? order.CreationTime)?.At + OpenFor)),
                Payee = snapshot.Payee ?? new PayeeReference(pay.Base.AbsoluteUri),
            },
            // an address that leads a wallet elsewhere is shown to nobody
            "unpaid" => snapshot with { Outcome = new PaymentOutcome.Unknown("foreign_pay_uri") },
            // the wallet that has claimed it needs no token, and nobody else can pay it
            "claimed" => snapshot with { Outcome = Open(new TalerUri.Pay(options.Value.Public, id, "", null), order.Terms?.PayDeadline?.At) },
            "paid" => snapshot with { Outcome = new PaymentOutcome.Captured(), Captures = [Taken(id, order)], Refunds = [.. Refunds(id, order)] },
            _ => snapshot,
        };
    }

    private static PaymentOutcome.ActionRequired Open(TalerUri.Pay pay, DateTimeOffset? until) => new(new BuyerAction.OpenWallet(new Uri(pay.ToString())), until);

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;

    private bool IsOurs(string? payUri, string id, out TalerUri.Pay pay)
    {
        pay = TalerUri.TryParse(payUri) as TalerUri.Pay ?? new TalerUri.Pay(options.Value.Public, "", "", null);
        return pay.Order == id && pay.Base == options.Value.Public;
    }

    private CaptureSnapshot Taken(string id, TalerOrder order)
    {
        var amount = Read(order.ContractTerms?.Amount);
        var at = (order.LastPayment?.At ?? order.ContractTerms?.Timestamp?.At) ?? throw new JsonException("The back end did not say when it was paid.");
        return new CaptureSnapshot(new ProviderReference(id), Counted(amount), Fee(amount, order), at);
    }

    /// <summary>What the exchange kept, in whole coins, the last begun one too; null until it has paid out, and where a part was given back.</summary>
    private Money? Fee(TalerAmount amount, TalerOrder order)
    {
        if (!order.Wired || order.RefundDetails.Count > 0 || order.DepositTotal is null)
        {
            return null;
        }

        var kept = amount - Read(order.DepositTotal);
        return kept.Units < 0 ? null : kept.UpTo(counted);
    }

    private static AttemptId? Attempt(TalerTerms? terms) =>
        terms?.Extra is { ValueKind: JsonValueKind.Object } extra && extra.TryGetProperty("attempt", out var attempt) && attempt.ValueKind == JsonValueKind.String && attempt.TryGetGuid(out var id)
            ? new AttemptId(id)
            : null;

    /// <summary>An amount in the currency that we take.</summary>
    private TalerAmount Read(string? said) => TalerAmount.Parse(said) is var amount && amount.Currency == options.Value.Currency
        ? amount
        : throw new JsonException("The back end told of another currency.");

    /// <summary>In the shop's currency.</summary>
    private Money Counted(TalerAmount amount) =>
        amount.TryTo(counted, out var money) ? money : throw new JsonException("The back end told of a part of the least coin that this shop counts.");

    private static T Body<T>(TalerAnswer<T> answer) => answer switch
    {
        TalerAnswer<T>.Given given => given.Body,
        TalerAnswer<T>.Refused refused => throw new HttpRequestException(TalerCodes.Word(refused.Status, refused.Code), null, refused.Status),
        _ => throw new UnreachableException(),
    };

    /// <summary>Nothing is certain. An instance that is not there, or may take no money for legal reasons, needs a person.</summary>
    private static PaymentSnapshot Doubt<T>(TalerAnswer<T> answer) => answer is TalerAnswer<T>.Refused refused
        ? new PaymentSnapshot
        {
            Outcome = new PaymentOutcome.Unknown(
                TalerCodes.Word(refused.Status, refused.Code),
                refused.Code == TalerCodes.InstanceUnknown || refused.Status == HttpStatusCode.UnavailableForLegalReasons ? FaultKind.Permanent : FaultKind.Temporary),
        }
        : throw new UnreachableException();
}
