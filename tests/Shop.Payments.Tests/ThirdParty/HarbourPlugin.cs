using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Shop.Payments.Tests.ThirdParty;

/// <summary>A payment service that nobody has heard of, connected by what docs/payment-plugins.md says and nothing else.</summary>
public sealed class HarbourPlugin : IPaymentPlugin
{
    public static ProviderId Id => new("harbour");

    public static void Register(IServiceCollection services, IConfigurationSection settings)
    {
        services.AddOptions<HarbourOptions>().Bind(settings).ValidateDataAnnotations().ValidateOnStart();
        services.AddHttpClient(Id.Value, client => (client.Timeout, client.MaxResponseContentBufferSize) = (Timeout.InfiniteTimeSpan, 256 * 1024))
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }).RemoveAllLoggers();
        services.AddSingleton<HarbourClient>();
        services.AddSingleton<IPaymentProvider, HarbourProvider>();
    }
}

internal sealed record HarbourOptions
{
    [Required]
    public Uri ApiBase { get; set; } = new("https://api.harbour.example");

    [Required, MinLength(8)]
    public string Key { get; set; } = "";

    [Required]
    public string Account { get; set; } = "";

    /// <summary>Two while one replaces the other.</summary>
    [MinLength(1)]
    public IReadOnlyList<string> WebhookSecrets { get; set; } = [];
}

internal sealed record Berth(string Id, Guid Ours, string Account, bool Live, string State, string? Reason, Uri Url, IReadOnlyList<Taking> Takings, IReadOnlyList<GivenBack> Refunds);

internal sealed record Taking(string Id, Guid Attempt, long Amount, string Currency, DateTimeOffset At);

internal sealed record GivenBack(string Id, Guid Ours, string Taking, long Amount, string Currency);

internal sealed record Movement(string Kind, string Id, Guid Attempt, long Amount, string Currency, DateTimeOffset At);

internal sealed record News(string Id, string Type, string? Payment, Guid? Attempt);

internal sealed class HarbourClient(IHttpClientFactory clients, IOptions<HarbourOptions> options)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>The body, or null with the status of a refusal; everything else is thrown.</summary>
    public async Task<(HttpStatusCode Status, T? Body)> SendAsync<T>(HttpMethod method, string path, CancellationToken cancellationToken, object? body = null, IdempotencyKey? key = null)
        where T : class
    {
        using var request = new HttpRequestMessage(method, new Uri(options.Value.ApiBase, path)) { Content = body is null ? null : JsonContent.Create(body, options: Json) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.Key);
        if (key is { } once)
        {
            request.Headers.Add("Idempotency-Key", once.Value);
        }

        using var client = clients.CreateClient(HarbourPlugin.Id.Value);
        using var response = await client.SendAsync(request, cancellationToken);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity)
        {
            return (response.StatusCode, null);
        }

        return (response.StatusCode, await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<T>(Json, cancellationToken) ?? throw new JsonException("null"));
    }

    public static News? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize<News>(body, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed class HarbourProvider(HarbourClient harbour, IOptions<HarbourOptions> options)
    : IPaymentProvider, ICancelsPayments, IRefundsPayments, IReceivesWebhooks, IListsActivity, IReportsHealth
{
    public ProviderId Id => HarbourPlugin.Id;

    public PaymentCapabilities Capabilities { get; } = new()
    {
        DisplayName = "Harbour Pay",
        Live = false,
        Payee = new PayeeReference(options.Value.Account),
        Flows = [PaymentFlow.Redirect],
        Currencies = new HashSet<Currency> { Currency.Usd },
        Refunds = RefundSupport.Partial,
    };

    public async Task<PaymentSnapshot> StartAsync(StartPayment request, CancellationToken cancellationToken)
    {
        if (request.Source is not PaymentSource.Fresh)
        {
            throw new NotSupportedException();
        }

        var wish = new { Ours = request.Attempt.Value, Amount = request.Amount.Minor, Currency = request.Amount.Currency.Code, request.Summary, request.ReturnUrl };
        return Told(await harbour.SendAsync<Berth>(HttpMethod.Post, "payments", cancellationToken, wish, request.Key));
    }

    public async Task<PaymentSnapshot> GetAsync(PaymentLocator payment, CancellationToken cancellationToken)
    {
        if (payment.Reference is { } reference)
        {
            return Told(await harbour.SendAsync<Berth>(HttpMethod.Get, $"payments/{Uri.EscapeDataString(reference.Value)}", cancellationToken));
        }

        return (await harbour.SendAsync<List<Berth>>(HttpMethod.Get, $"payments?ours={payment.Attempt.Value}", cancellationToken)).Body switch
        {
            [] => new PaymentSnapshot { Outcome = new PaymentOutcome.NotFound() },
            [var one] => Told((HttpStatusCode.OK, one)),
            _ => PaymentSnapshot.Unknown("several"),
        };
    }

    public async Task<PaymentSnapshot> CancelAsync(PaymentLocator payment, IdempotencyKey key, CancellationToken cancellationToken)
    {
        var found = payment.Reference is null ? await GetAsync(payment, cancellationToken) : null;
        return (payment.Reference ?? found?.Reference) is { } reference
            ? Told(await harbour.SendAsync<Berth>(HttpMethod.Post, $"payments/{Uri.EscapeDataString(reference.Value)}/cancel", cancellationToken, new { }, key))
            : found!;
    }

    public async Task<RefundSnapshot> RefundAsync(StartRefund request, CancellationToken cancellationToken)
    {
        var wish = new { Ours = request.Refund.Value, Amount = request.Amount.Minor };
        var (status, made) = await harbour.SendAsync<GivenBack>(HttpMethod.Post, $"takings/{request.Capture.Value}/refunds", cancellationToken, wish, request.Key);
        return made is not null ? Told(made) : status == HttpStatusCode.UnprocessableEntity
            ? new RefundSnapshot(RefundOutcome.Failed, null, request.Refund, request.Capture, request.Amount, "refused", null)
            : throw new HttpRequestException("no answer that counts", null, status);
    }

    public async Task<RefundSnapshot> GetRefundAsync(RefundLocator refund, CancellationToken cancellationToken) =>
        (await harbour.SendAsync<List<GivenBack>>(HttpMethod.Get, $"refunds?ours={refund.Refund.Value}", cancellationToken)).Body switch
        {
            [] => new RefundSnapshot(RefundOutcome.NotFound, null, refund.Refund, refund.Capture, Money.Zero(Currency.Usd), null, null),
            [var one] => Told(one),
            _ => throw new JsonException("several"),
        };

    public Task<WebhookVerdict> VerifyAsync(WebhookRequest request, CancellationToken cancellationToken) => Task.FromResult<WebhookVerdict>(
        !IsGenuine(request) ? new WebhookVerdict.Rejected("signature")
        : HarbourClient.Read(request.Body.Span) is not { } news ? new WebhookVerdict.Rejected("not readable")
        : news is { Type: "payment.changed", Payment: { } payment }
            ? new WebhookVerdict.Accepted(news.Id, news.Type, new WebhookSubject(SubjectKind.Payment, new ProviderReference(payment), news.Attempt))
            : new WebhookVerdict.Ignored(news.Id, news.Type));

    public async IAsyncEnumerable<ProviderActivity> ListAsync(DateTimeOffset from, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = $"movements?from={Uri.EscapeDataString(from.ToString("O"))}&until={Uri.EscapeDataString(until.ToString("O"))}";
        foreach (var one in (await harbour.SendAsync<List<Movement>>(HttpMethod.Get, path, cancellationToken)).Body ?? throw new JsonException("no list"))
        {
            yield return new ProviderActivity(
                one.Kind == "taken" ? ActivityKind.Captured : ActivityKind.Refunded, new ProviderReference(one.Id), new AttemptId(one.Attempt),
                new Money(one.Amount, Currency.Of(one.Currency)), one.At);
        }
    }

    public async Task<ProviderHealth> CheckAsync(CancellationToken cancellationToken) =>
        new((await harbour.SendAsync<string>(HttpMethod.Get, "account", cancellationToken)).Body == options.Value.Account, true, null);

    private bool IsGenuine(WebhookRequest request)
    {
        var headers = new Dictionary<string, string>(request.Headers, StringComparer.OrdinalIgnoreCase);
        if (!headers.TryGetValue("Harbour-Time", out var time) || !headers.TryGetValue("Harbour-Signature", out var given)
            || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(request.ReceivedAt.ToUnixTimeSeconds() - seconds) > 300)
        {
            return false;
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes(time + "\n"), .. request.Body.Span];
        return options.Value.WebhookSecrets.Aggregate(false, (good, secret) => good | CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))), Encoding.UTF8.GetBytes(given)));
    }

    private static PaymentSnapshot Told((HttpStatusCode Status, Berth? Body) answer) => answer.Body is not { } payment
        ? PaymentSnapshot.Unknown($"http_{(int)answer.Status}")
        : new PaymentSnapshot
        {
            Outcome = payment.State switch
            {
                "open" => new PaymentOutcome.ActionRequired(new BuyerAction.Redirect(payment.Url), null),
                "deciding" => new PaymentOutcome.Processing(null),
                "taken" => new PaymentOutcome.Captured(),
                "refused" => new PaymentOutcome.Declined(payment.Reason == "no_money" ? DeclineReason.InsufficientFunds : DeclineReason.Unspecified, payment.Reason),
                "cancelled" => new PaymentOutcome.Cancelled(),
                _ => new PaymentOutcome.Unknown("state"),
            },
            Live = payment.Live,
            Payee = new PayeeReference(payment.Account),
            OurAttempt = new AttemptId(payment.Ours),
            Reference = new ProviderReference(payment.Id),
            Captures = [.. payment.Takings.Select(t => new CaptureSnapshot(new ProviderReference(t.Id), new Money(t.Amount, Currency.Of(t.Currency)), null, t.At))],
            Refunds = [.. payment.Refunds.Select(Told)],
        };

    private static RefundSnapshot Told(GivenBack refund) => new(
        RefundOutcome.Succeeded, new ProviderReference(refund.Id), new RefundId(refund.Ours), new ProviderReference(refund.Taking),
        new Money(refund.Amount, Currency.Of(refund.Currency)), null, null);
}
