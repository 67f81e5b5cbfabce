using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Web;

namespace Shop.Payments.Tests.ThirdParty;

/// <summary>The service itself, in memory: what its API says, and what a buyer does on its page. One thing at a time.</summary>
internal sealed class HarbourBank(string account) : HttpMessageHandler
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentExclusiveSchedulerPair turns = new();
    private readonly Dictionary<string, Berth> payments = [];
    private readonly Dictionary<string, (string Body, string Id)> keys = [];
    private int last;

    /// <summary>What becomes of an answer on its way.</summary>
    public Func<HttpResponseMessage, HttpResponseMessage> Wire { get; set; } = answer => answer;

    public Task<bool> PressAsync(string payment, string state, string? reason = null) => InTurnAsync(() =>
    {
        var one = payments[payment];
        if (one.State is not ("open" or "deciding") || (one.State == "deciding" && reason != "decided"))
        {
            return false;
        }

        var amount = amounts[payment];
        payments[payment] = one with
        {
            State = state,
            Reason = reason,
            Takings = state == "taken" ? [new Taking(Next("tk"), one.Ours, amount.Amount, amount.Currency, Now)] : [],
        };
        return true;
    });

    public Task<IReadOnlyList<Money>> TakenAsync(Guid attempt) => InTurnAsync<IReadOnlyList<Money>>(
        () => [.. payments.Values.SelectMany(p => p.Takings).Where(t => t.Attempt == attempt).Select(t => new Money(t.Amount, Currency.Of(t.Currency)))]);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        return Wire(await InTurnAsync(() => Answer(request, body)));
    }

    private readonly Dictionary<string, (long Amount, string Currency)> amounts = [];

    private HttpResponseMessage Answer(HttpRequestMessage request, string body)
    {
        var path = request.RequestUri!.AbsolutePath.Trim('/').Split('/');
        var query = HttpUtility.ParseQueryString(request.RequestUri.Query);
        return (request.Method.Method, path) switch
        {
            ("POST", ["payments"]) => Once(request, body, () => Create(JsonNode.Parse(body)!)),
            ("GET", ["payments"]) => Say(payments.Values.Where(p => p.Ours == Guid.Parse(query["ours"]!))),
            ("GET", ["payments", var id]) => payments.TryGetValue(id, out var known) ? Say(known) : new HttpResponseMessage(HttpStatusCode.NotFound),
            ("POST", ["payments", var id, "cancel"]) => Say(payments[id] = payments[id].State == "open" ? payments[id] with { State = "cancelled" } : payments[id]),
            ("POST", ["takings", var id, "refunds"]) => GiveBack(request, body, id),
            ("GET", ["refunds"]) => Say(payments.Values.SelectMany(p => p.Refunds).Where(r => r.Ours == Guid.Parse(query["ours"]!))),
            ("GET", ["movements"]) => Say(payments.Values.SelectMany(p => p.Takings).Where(t => t.At >= DateTimeOffset.Parse(query["from"]!, null) && t.At < DateTimeOffset.Parse(query["until"]!, null))
                .Select(t => new Movement("taken", t.Id, t.Attempt, t.Amount, t.Currency, t.At))),
            ("GET", ["account"]) => Say(account),
            _ => new HttpResponseMessage(HttpStatusCode.NotFound),
        };
    }

    private string Create(JsonNode wish)
    {
        var id = Next("hp");
        amounts[id] = ((long)wish["amount"]!, (string)wish["currency"]!);
        payments[id] = new Berth(id, (Guid)wish["ours"]!, account, false, "open", null, new Uri($"https://pay.harbour.example/{id}"), [], []);
        return id;
    }

    /// <summary>The same key twice is one payment, told as it stands now; with another body it is refused.</summary>
    private HttpResponseMessage Once(HttpRequestMessage request, string body, Func<string> make)
    {
        var key = request.Headers.GetValues("Idempotency-Key").Single();
        if (!keys.TryGetValue(key, out var known))
        {
            keys[key] = known = (body, make());
        }

        return known.Body == body ? Say(payments[known.Id]) : new HttpResponseMessage(HttpStatusCode.Conflict);
    }

    private HttpResponseMessage GiveBack(HttpRequestMessage request, string body, string taking)
    {
        var (key, wish) = (request.Headers.GetValues("Idempotency-Key").Single(), JsonNode.Parse(body)!);
        var payment = payments.Values.Single(p => p.Takings.Any(t => t.Id == taking));
        if (keys.TryGetValue(key, out var known))
        {
            return Say(payment.Refunds.Single(r => r.Id == known.Id));
        }

        var (amount, taken) = ((long)wish["amount"]!, payment.Takings[0]);
        if (amount > taken.Amount - payment.Refunds.Sum(r => r.Amount))
        {
            return new HttpResponseMessage(HttpStatusCode.UnprocessableEntity);
        }

        var made = new GivenBack(Next("gb"), (Guid)wish["ours"]!, taking, amount, taken.Currency);
        keys[key] = (body, made.Id);
        payments[payment.Id] = payment with { Refunds = [.. payment.Refunds, made] };
        return Say(made);
    }

    private static HttpResponseMessage Say<T>(T body) => new(HttpStatusCode.OK) { Content = JsonContent.Create(body, options: Json) };

    private string Next(string kind) => $"{kind}_{++last}";

    private Task<T> InTurnAsync<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, turns.ExclusiveScheduler);
}
