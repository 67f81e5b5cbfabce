using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Shop.Payments.Taler;

/// <summary>The merchant back end's API, one method for each call that is used. A refusal with one of Taler's codes is an answer; everything else that is not a readable
/// success is thrown, for the gateway to make Unknown of it. No call is made twice.</summary>
internal sealed class TalerClient(IHttpClientFactory clients, IOptions<TalerOptions> options)
{
    private const int OrdersOnPage = 100;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        MaxDepth = 32,
    };

    public Task<TalerAnswer<TalerConfig>> GetConfigAsync(CancellationToken cancellationToken) => SendAsync<TalerConfig>(HttpMethod.Get, "config", null, cancellationToken);

    /// <summary>The same order sent again is the same order; another one under its id is refused.</summary>
    public Task<TalerAnswer<TalerCreated>> CreateAsync(NewOrder order, CancellationToken cancellationToken) =>
        SendAsync<TalerCreated>(HttpMethod.Post, "private/orders", order, cancellationToken);

    public Task<TalerAnswer<TalerOrder>> GetOrderAsync(string order, CancellationToken cancellationToken) =>
        SendAsync<TalerOrder>(HttpMethod.Get, $"private/orders/{Uri.EscapeDataString(order)}", null, cancellationToken);

    /// <summary>Paid orders, the newest first.</summary>
    /// <param name="before">The row behind which it begins; null: with the newest.</param>
    public Task<TalerAnswer<TalerList>> ListPaidAsync(long? before, CancellationToken cancellationToken) =>
        SendAsync<TalerList>(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"private/orders?paid=YES&limit=-{OrdersOnPage}{(before is { } row ? $"&offset={row}" : "")}"), null, cancellationToken);

    /// <summary>Gives back up to a total; the same total again changes nothing.</summary>
    public Task<TalerAnswer<TalerRefundOffered>> RefundAsync(string order, NewRefund refund, CancellationToken cancellationToken) =>
        SendAsync<TalerRefundOffered>(HttpMethod.Post, $"private/orders/{Uri.EscapeDataString(order)}/refund", refund, cancellationToken);

    /// <summary>After this nobody can pay it.</summary>
    public async Task<TalerAnswer<TalerNothing>> DeleteAsync(string order, CancellationToken cancellationToken)
    {
        using var response = await RequestAsync(HttpMethod.Delete, $"private/orders/{Uri.EscapeDataString(order)}", null, cancellationToken);
        return response.StatusCode == HttpStatusCode.NoContent ? new TalerAnswer<TalerNothing>.Given(new TalerNothing()) : await RefusedAsync<TalerNothing>(response, cancellationToken);
    }

    /// <summary>What the back end sent us; null when it cannot be read.</summary>
    public static TalerEvent? ReadEvent(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize<TalerEvent>(body, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<TalerAnswer<T>> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
        where T : class
    {
        using var response = await RequestAsync(method, path, body, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK
            ? new TalerAnswer<T>.Given(await ReadAsync<T>(response, cancellationToken))
            : await RefusedAsync<T>(response, cancellationToken);
    }

    private async Task<HttpResponseMessage> RequestAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, options.Value.At(path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.Token);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: Json);
        }

        using var client = clients.CreateClient(TalerPlugin.Name);
        var response = await client.SendAsync(request, cancellationToken);
        if (method != HttpMethod.Get)
        {
            Crash.Point("K3");
        }

        return response;
    }

    /// <summary>401 and every 403 that is not about a refund are about our token.</summary>
    private static async Task<TalerAnswer<T>> RefusedAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
        where T : class
    {
        if ((int)response.StatusCode is >= 400 and < 500 && response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests))
        {
            var code = (await ReadAsync<TalerFault>(response, cancellationToken)).Code;
            if (response.StatusCode != HttpStatusCode.Forbidden || code == TalerCodes.NoRefundsAtAll)
            {
                return new TalerAnswer<T>.Refused(response.StatusCode, code);
            }
        }

        throw new HttpRequestException(HttpRequestError.InvalidResponse, "The back end did not answer with success or a reason.", null, response.StatusCode);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
        where T : class =>
        await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken) ?? throw new JsonException("The back end answered with null.");
}

internal abstract record TalerAnswer<T>
{
    private TalerAnswer() { }

    public sealed record Given(T Body) : TalerAnswer<T>;

    /// <param name="Status">Over HTTP; versions differ in it.</param>
    /// <param name="Code">Taler's own, which says why.</param>
    public sealed record Refused(HttpStatusCode Status, int Code) : TalerAnswer<T>;
}

internal sealed record TalerNothing;

/// <summary>Those of Taler's codes that are told apart.</summary>
internal static class TalerCodes
{
    public const int InstanceUnknown = 2000;
    public const int OrderUnknown = 2005;
    public const int OtherOrderUnderThisId = 2503;
    public const int RefundDoesNotFit = 2530;
    public const int NotPaid = 2531;
    public const int NoRefundsAtAll = 2532;

    /// <summary>For the people at the desk, small letters and underscores.</summary>
    public static string Word(HttpStatusCode status, int code) => code switch
    {
        InstanceUnknown => "instance_unknown",
        OrderUnknown => "order_unknown",
        OtherOrderUnderThisId => "other_order_under_this_id",
        RefundDoesNotFit => "refund_does_not_fit",
        NotPaid => "not_paid",
        NoRefundsAtAll => "no_refunds_at_all",
        _ => status switch
        {
            HttpStatusCode.BadRequest => "malformed",
            HttpStatusCode.NotFound => "not_found",
            HttpStatusCode.Conflict => "conflict",
            HttpStatusCode.Gone => "too_late",
            HttpStatusCode.UnavailableForLegalReasons => "legal_reasons",
            _ => "refused",
        },
    };
}
