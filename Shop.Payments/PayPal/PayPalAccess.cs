using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Shop.Payments.PayPal;

/// <summary>The access token of our credentials: fetched once for everybody who waits for it, kept until shortly before PayPal lets it expire,
/// and dropped when PayPal refuses it.</summary>
internal sealed class PayPalAccess(IHttpClientFactory clients, IOptions<PayPalOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Reserve = TimeSpan.FromMinutes(1);

    private Fetch? latest;

    public async Task<PayPalToken> GetAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var seen = Volatile.Read(ref latest);
            if (seen is not null && !seen.IsOver(clock.GetUtcNow()))
            {
                return await seen.Token.WaitAsync(cancellationToken);
            }

            var mine = new Fetch();
            if (Interlocked.CompareExchange(ref latest, mine, seen) == seen)
            {
                // for everybody, so it does not end with the one who happened to begin it
                _ = FillAsync(mine);

                // also where it has failed already: looking again would find nothing, and begin the next one at once, for ever
                return await mine.Token.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>PayPal does not take it any more: the next call fetches another one.</summary>
    public void Drop(PayPalToken token)
    {
        var seen = Volatile.Read(ref latest);
        if (seen is { Token.IsCompletedSuccessfully: true } && seen.IsOf(token))
        {
            Interlocked.CompareExchange(ref latest, null, seen);
        }
    }

    private async Task FillAsync(Fetch fetch)
    {
        try
        {
            fetch.Succeed(await FetchAsync());
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref latest, null, fetch);
            fetch.Fail(e);
        }
    }

    private async Task<PayPalToken> FetchAsync()
    {
        using var limit = new CancellationTokenSource(PaymentGateway.Limit, clock);
        using var request = new HttpRequestMessage(HttpMethod.Post, PayPalClient.Address(options.Value, "v1/oauth2/token"));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.Value.ClientId}:{options.Value.Secret}")));
        request.Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        using var client = clients.CreateClient(PayPalPlugin.Name);
        var asked = clock.GetUtcNow();
        using var response = await client.SendAsync(request, limit.Token);
        response.EnsureSuccessStatusCode();
        var grant = await response.Content.ReadFromJsonAsync<PayPalGrant>(PayPalClient.Json, limit.Token) ?? throw new JsonException("PayPal answered with null.");
        return new PayPalToken(grant.AccessToken, asked + TimeSpan.FromSeconds(grant.ExpiresIn) - Reserve);
    }

    private sealed class Fetch
    {
        private readonly TaskCompletionSource<PayPalToken> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private PayPalToken? token;

        public Task<PayPalToken> Token => source.Task;

        public bool IsOver(DateTimeOffset now) => Volatile.Read(ref token) is { } known && known.Ends <= now;

        public bool IsOf(PayPalToken other) => ReferenceEquals(Volatile.Read(ref token), other);

        public void Succeed(PayPalToken fetched)
        {
            Volatile.Write(ref token, fetched);
            source.SetResult(fetched);
        }

        public void Fail(Exception exception)
        {
            source.SetException(exception);
            // nobody may be waiting any more
            _ = source.Task.Exception;
        }
    }
}

/// <param name="Value">Goes into the Authorization header and nowhere else.</param>
/// <param name="Ends">From then on it is not used any more.</param>
internal sealed record PayPalToken(string Value, DateTimeOffset Ends)
{
    public override string ToString() => "(token)";
}
