using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator;

/// <summary>What a provider answers. <paramref name="Keep"/>: remembered for its idempotency key.</summary>
public sealed record Answer(int Status, JsonNode Body, bool Keep = true)
{
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}

/// <summary>One request to a provider's API, inside one transaction of the store.</summary>
public sealed record Call(HttpRequest Request, string Account, bool Live, string Body, Books Books, SimulatorClock Clock, Faults Faults)
{
    /// <summary>What fault rules are matched with.</summary>
    public required string Subject { get; init; }

    /// <summary>Events of this call, put away with it and sent afterwards.</summary>
    public List<(string Type, JsonObject Event)> Events { get; } = [];
}

/// <summary>Thrown by a handler: nothing happened, and this is the answer.</summary>
public sealed class RefusedException(Answer answer) : Exception
{
    public Answer Answer { get; } = answer;
}

/// <summary>What is special about a provider's wire.</summary>
public abstract class ProviderSide
{
    public abstract string Name { get; }

    /// <summary>The header that carries the idempotency key, and the one that says that an answer is repeated.</summary>
    public abstract string KeyHeader { get; }

    public abstract string? ReplayHeader { get; }

    /// <summary>Whose request it is; null when the credentials are not good.</summary>
    public abstract (string Account, bool Live)? Authenticate(HttpRequest request);

    /// <summary>How long a key is remembered.</summary>
    public abstract TimeSpan KeyLife(HttpRequest request);

    /// <summary>The provider's words for 401, 409 (key_in_use), 429, 500 and, as 422, a key used with other parameters.</summary>
    public abstract Answer Refuse(int status);

    /// <summary>A repeated answer where it differs from the first.</summary>
    public virtual Answer Repeat(Answer first) => first;

    /// <summary>Whether a 500 after the work is remembered for its key.</summary>
    public virtual bool KeepsFailures => false;

    /// <summary>Spoils amounts, currencies or ids of an answer.</summary>
    public virtual JsonNode Distort(JsonNode body, Fault fault) => Distortion.Apply(body, fault);

    /// <summary>The headers that sign a webhook.</summary>
    public abstract IEnumerable<(string Name, string Value)> Sign(Hook hook, string eventId, string body, DateTimeOffset at, bool badly);
}

/// <summary>Runs a request through credentials, faults, idempotency, the provider's handler and the store. The answer is on the disk before it
/// is sent.</summary>
public sealed class Exchange(SimulatorStore store, SimulatorClock clock, Faults faults, WebhookPost post)
{
    private const int HugeBytes = 20 * 1024 * 1024;
    private static readonly TimeSpan LongestHang = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, byte> running = new();

    /// <summary>The last requests, for a judge of requests.</summary>
    public ConcurrentQueue<LoggedRequest> Log { get; } = new();

    public RequestDelegate Handle(ProviderSide side, Func<Call, Answer> handler) => async context =>
    {
        var request = context.Request;
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var who = side.Authenticate(request);
        var subject = $"{side.Name} {request.Method} {request.Path}{request.QueryString} {who?.Account}";
        Remember(new LoggedRequest(side.Name, who?.Account ?? "", request.Method, $"{request.Path}{request.QueryString}", request.ContentType, body,
            request.Headers[side.KeyHeader].ToString()));
        var fault = faults.OnWire(subject);
        switch (fault?.Mode)
        {
            case "reset_before":
                context.Abort();
                return;
            case "409" or "429" or "401":
                await WriteAsync(context, side.Refuse(int.Parse(fault.Mode)));
                return;
            case "500_before":
                await WriteAsync(context, side.Refuse(500));
                return;
        }

        if (who is not { } caller)
        {
            await WriteAsync(context, side.Refuse(401));
            return;
        }

        var answer = Answered(side, handler, request, caller, body, subject, fault);
        await post.SendEarlyAsync();
        await SendAsync(context, side, answer, fault);
    };

    private Answer Answered(ProviderSide side, Func<Call, Answer> handler, HttpRequest request, (string Account, bool Live) caller, string body, string subject, Fault? fault)
    {
        var key = request.Headers[side.KeyHeader].ToString();
        if (request.Method == "GET" || key.Length == 0)
        {
            return Once();
        }

        var scope = $"{side.Name} {caller.Account} {caller.Live} {key}";
        if (!running.TryAdd(scope, 0))
        {
            return side.Refuse(409);
        }

        try
        {
            return Once();
        }
        finally
        {
            running.TryRemove(scope, out _);
        }

        Answer Once()
        {
            try
            {
                return store.Do(books =>
                {
                    var account = caller.Live ? $"{caller.Account} live" : caller.Account;
                    var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n{body}")));
                    var keyed = request.Method != "GET" && key.Length > 0;
                    if (keyed && books.Key(side.Name, account, key) is { } known)
                    {
                        if (clock.NowMs - known.At <= side.KeyLife(request).TotalMilliseconds)
                        {
                            return known.Hash == hash
                                ? side.Repeat(new Answer(known.Status, JsonNode.Parse(known.Body)!)) with
                                {
                                    Headers = side.ReplayHeader is { } name ? new Dictionary<string, string> { [name] = "true" } : [],
                                }
                                : side.Refuse(422);
                        }

                        // the provider has forgotten it and does it anew: the worst that a shop can do
                        books.Count($"{side.Name}_posts_with_outdated_keys");
                    }

                    var call = new Call(request, caller.Account, caller.Live, body, books, clock, faults) { Subject = subject };
                    var given = handler(call);
                    foreach (var (type, @event) in call.Events)
                    {
                        post.Put(books, side, caller.Account, type, @event);
                    }

                    if (fault?.Mode == "charge_then_500")
                    {
                        given = side.Refuse(500) with { Keep = side.KeepsFailures };
                    }

                    if (keyed && given.Keep)
                    {
                        books.Keep(side.Name, account, key, new StoredAnswer(hash, given.Status, given.Body.ToJsonString(), clock.NowMs));
                    }

                    return given;
                });
            }
            catch (RefusedException refused)
            {
                return refused.Answer;
            }
        }
    }

    private static async Task SendAsync(HttpContext context, ProviderSide side, Answer answer, Fault? fault)
    {
        switch (fault?.Mode)
        {
            case "charge_then_hang":
                await Task.Delay(LongestHang, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                context.Abort();
                break;
            case "charge_then_reset":
                context.Abort();
                break;
            case "malformed":
                var whole = answer.Body.ToJsonString();
                await TextAsync(context, answer.Status, "application/json", whole[..(whole.Length / 2)]);
                break;
            case "html":
                await TextAsync(context, 200, "text/html; charset=utf-8", "<!doctype html><title>Moment</title><h1>We will be right back.</h1>");
                break;
            case "huge":
                // the true answer, and far too much beside it
                var padded = answer.Body.DeepClone().AsObject();
                padded["padding"] = new string('x', HugeBytes);
                await TextAsync(context, answer.Status, "application/json", padded.ToJsonString());
                break;
            case "slow_drip":
                context.Response.StatusCode = answer.Status;
                context.Response.ContentType = "application/json";
                foreach (var octet in Encoding.UTF8.GetBytes(answer.Body.ToJsonString()))
                {
                    await context.Response.Body.WriteAsync(new[] { octet }, context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    await Task.Delay(Drip, context.RequestAborted);
                }

                break;
            case "wrong_amount" or "wrong_currency" or "wrong_id" or "negative":
                await WriteAsync(context, answer with { Body = side.Distort(answer.Body, fault) });
                break;
            default:
                await WriteAsync(context, answer);
                break;
        }
    }

    private static Task WriteAsync(HttpContext context, Answer answer)
    {
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        return TextAsync(context, answer.Status, "application/json", answer.Body.ToJsonString());
    }

    private static Task TextAsync(HttpContext context, int status, string type, string text)
    {
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status204NoContent)
        {
            return Task.CompletedTask;
        }

        context.Response.ContentType = type;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    private void Remember(LoggedRequest request)
    {
        Log.Enqueue(request);
        while (Log.Count > 5000)
        {
            Log.TryDequeue(out _);
        }
    }
}

public sealed record LoggedRequest(string Provider, string Account, string Method, string Path, string? ContentType, string Body, string Key);

/// <summary>Wrong figures in an answer that is otherwise right.</summary>
public static class Distortion
{
    public static JsonNode Apply(JsonNode body, Fault fault)
    {
        var copy = JsonNode.Parse(body.ToJsonString())!; // parsed, so that every number can be read as long
        Visit(copy, fault);
        if (fault.Mode == "wrong_id" && copy is JsonObject top && top["id"] is { } id)
        {
            top["id"] = id.GetValue<string>() + "X";
        }

        return copy;
    }

    private static void Visit(JsonNode? node, Fault fault)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list)
            {
                Visit(item, fault);
            }
        }
        else if (node is JsonObject it)
        {
            foreach (var (name, value) in it.ToList())
            {
                if (value is JsonValue leaf && name.StartsWith("amount", StringComparison.Ordinal) && leaf.GetValueKind() == System.Text.Json.JsonValueKind.Number && leaf.GetValue<long>() > 0)
                {
                    it[name] = fault.Mode switch
                    {
                        "wrong_amount" => leaf.GetValue<long>() - long.Parse(fault.Detail ?? "1"),
                        "negative" => -leaf.GetValue<long>(),
                        _ => leaf.GetValue<long>(),
                    };
                }
                else if (name == "currency" && fault.Mode == "wrong_currency" && value is JsonValue)
                {
                    it[name] = fault.Detail ?? "jpy";
                }
                else
                {
                    Visit(value, fault);
                }
            }
        }
    }
}
