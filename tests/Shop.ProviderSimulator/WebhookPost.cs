using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator;

/// <summary>Sends events to the addresses registered with <c>POST /_hooks</c>, at least once: what is not taken with a 2xx is sent again.
/// Nothing here keeps an order, as at the real ones.</summary>
public sealed class WebhookPost(SimulatorStore store, SimulatorClock clock, Faults faults) : BackgroundService
{
    private const int MostTries = 12;
    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TooOld = TimeSpan.FromSeconds(301);

    private readonly Dictionary<string, ProviderSide> sides = [];
    private readonly ConcurrentDictionary<string, byte> busy = [];
    private readonly ConcurrentDictionary<long, byte> underWay = [];
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(10) };

    public void Join(ProviderSide side) => sides[side.Name] = side;

    /// <summary>Puts an event away for sending, in the transaction of what it tells.</summary>
    public void Put(Books books, ProviderSide side, string account, string type, JsonObject @event)
    {
        foreach (var hook in books.Hooks(side.Name, account))
        {
            var fault = faults.OnWebhook($"{side.Name} webhook {type} {account}");
            var id = @event["id"]?.GetValue<string>() ?? ""; // Taler's have none
            var body = @event.ToJsonString();
            var now = clock.NowMs;
            switch (fault?.Mode)
            {
                case "drop":
                    break;
                case "dup":
                    for (var i = 0; i < int.Parse(fault.Detail ?? "2"); i++)
                    {
                        books.Post(side.Name, account, hook.Url, id, "", body, now);
                    }

                    break;
                case "delay":
                    books.Post(side.Name, account, hook.Url, id, "", body, now + long.Parse(fault.Detail ?? "1000"));
                    break;
                case "shuffle":
                    books.Post(side.Name, account, hook.Url, id, "shuffle", body, now + 250);
                    break;
                case "two_event_ids":
                    books.Post(side.Name, account, hook.Url, id, "", body, now);
                    var twin = @event.DeepClone().AsObject();
                    twin["id"] = id + "b";
                    books.Post(side.Name, account, hook.Url, id + "b", "", twin.ToJsonString(), now);
                    break;
                default:
                    books.Post(side.Name, account, hook.Url, id, fault?.Mode ?? "", body, now);
                    break;
            }
        }
    }

    /// <summary>Sends what must be there before the answer to the call that caused it. It waits for no other delivery, and for nobody longer than a moment.</summary>
    public async Task SendEarlyAsync()
    {
        using var limit = new CancellationTokenSource(Early);
        await SendAsync(store.Do(books => books.Due(clock.NowMs)).Where(it => it is { Mode: "before_response", Tries: 0 }), limit.Token);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pulse);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // one receiver that does not answer keeps no other waiting
            foreach (var receiver in store.Do(books => books.Due(clock.NowMs)).GroupBy(it => it.Url).Where(it => busy.TryAdd(it.Key, 0)))
            {
                _ = SendAsync(receiver.Key, [.. receiver.Where(it => it.Mode != "shuffle"), .. receiver.Where(it => it.Mode == "shuffle").OrderByDescending(it => it.Number)], stoppingToken);
            }
        }
    }

    public override void Dispose()
    {
        http.Dispose();
        base.Dispose();
    }

    private async Task SendAsync(string receiver, List<Delivery> due, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(due, cancellationToken);
        }
        finally
        {
            busy.TryRemove(receiver, out _);
        }
    }

    private async Task SendAsync(IEnumerable<Delivery> due, CancellationToken cancellationToken)
    {
        foreach (var delivery in due)
        {
            if (!underWay.TryAdd(delivery.Number, 0))
            {
                continue;
            }

            try
            {
                // who had it before may have sent it since the list was read
                if (!store.Do(books => books.IsDue(delivery.Number, clock.NowMs)))
                {
                    continue;
                }

                var isTaken = await SendAsync(delivery, cancellationToken);
                store.Do(books =>
                {
                    if (isTaken || delivery.Tries + 1 >= MostTries)
                    {
                        books.Ended(delivery.Number, isTaken ? "taken" : "given up");
                    }
                    else
                    {
                        books.Again(delivery.Number, clock.NowMs + (200L << delivery.Tries));
                    }
                });
            }
            finally
            {
                underWay.TryRemove(delivery.Number, out _);
            }
        }
    }

    private async Task<bool> SendAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var hook = store.Do(books => books.Hooks(delivery.Provider, delivery.Account)).Find(it => it.Url == delivery.Url);
        if (hook is null)
        {
            return true;
        }

        using var message = new HttpRequestMessage(HttpMethod.Post, delivery.Url) { Content = new StringContent(delivery.Body, Encoding.UTF8, "application/json") };
        var at = delivery.Mode == "old_ts" ? clock.Now - TooOld : clock.Now;
        foreach (var (name, value) in sides[delivery.Provider].Sign(hook, delivery.Event, delivery.Body, at, delivery.Mode == "bad_sig"))
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var response = await http.SendAsync(message, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
