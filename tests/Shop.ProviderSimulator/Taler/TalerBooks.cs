using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.Taler;

/// <summary>One instance's orders inside one transaction, and what happens to them: unclaimed, claimed, paid, and then given back step by step. Whoever asks, the shop, a
/// wallet or a test, it happens here.</summary>
public sealed class TalerBooks(Books books, string instance, SimulatorClock clock, string origin)
{
    private const string Order = "order";

    /// <summary>How long the instance lets buyers wait where an order does not say.</summary>
    private static readonly TimeSpan PayWithin = TimeSpan.FromHours(8);

    private static readonly TimeSpan WireAfter = TimeSpan.FromDays(7);

    public List<(string Type, JsonObject Event)> Events { get; } = [];

    public string Instance => instance;

    public string Base => $"{origin}{TalerSide.Root}{instance}/";

    public static TalerBooks Of(Call call) => new(call.Books, call.Account, call.Clock, $"{call.Request.Scheme}://{call.Request.Host}");

    public static string Text(JsonObject it, string field) => it[field]!.GetValue<string>();

    public JsonObject? Find(string id) => books.Find(TalerSide.Provider, instance, Order, $"{instance}/{id}")?.Body;

    public JsonObject Get(string id) => Find(id) ?? throw TalerSide.Refused(404, 2005, "There is no such order.");

    public void Save(JsonObject order) => books.Change(TalerSide.Provider, $"{instance}/{Id(order)}", order);

    public IEnumerable<Entry> All() => books.All(TalerSide.Provider, instance, Order);

    public static string Id(JsonObject order) => Text(order["terms"]!.AsObject(), "order_id");

    public static JsonObject Terms(JsonObject order) => order["terms"]!.AsObject();

    public static long Price(JsonObject order) => TalerMoney.Units(Text(Terms(order), "amount"));

    public static string Currency(JsonObject order) => TalerMoney.Currency(Text(Terms(order), "amount"));

    public static List<JsonObject> Refunds(JsonObject order) => [.. order["refunds"]!.AsArray().Select(it => it!.AsObject())];

    public static long Refunded(JsonObject order) => Refunds(order).Sum(it => TalerMoney.Units(Text(it, "amount")));

    public static JsonObject Time(DateTimeOffset at) => new() { ["t_s"] = at.ToUnixTimeSeconds() };

    // ---- the merchant's side -------------------------------------------------------------------------------------------------------------

    /// <summary>The same order again is the same; another one under its id is refused.</summary>
    public JsonObject Create(JsonObject asked)
    {
        if (asked["order"] is not JsonObject wanted || wanted["amount"]?.GetValue<string>() is not { } amount || !TalerMoney.IsAmount(amount)
            || wanted["summary"]?.GetValue<string>() is not { Length: > 0 } || TalerMoney.Units(amount) == 0)
        {
            throw TalerSide.Refused(400, 26, "The order is malformed.");
        }

        if (TalerMoney.Currency(amount) != "KUDOS")
        {
            throw TalerSide.Refused(409, 2514, "No exchange takes this currency.");
        }

        var id = wanted["order_id"]?.GetValue<string>() ?? RandomNumberGenerator.GetHexString(12);
        var hash = Hash(asked.ToJsonString());
        if (Find(id) is { } known)
        {
            return Text(known, "hash") == hash ? known : throw TalerSide.Refused(409, 2503, "Another order has this id.");
        }

        var now = clock.Now;
        var refundDelay = asked["refund_delay"]?["d_us"]?.GetValue<long>() ?? 0;
        var terms = wanted.DeepClone().AsObject();
        terms["order_id"] = id;
        terms["timestamp"] = Time(now);
        terms["pay_deadline"] ??= Time(now + PayWithin);
        terms["refund_deadline"] = Time(now + TimeSpan.FromMicroseconds(refundDelay));
        terms["wire_transfer_deadline"] = Time(now + TimeSpan.FromMicroseconds(refundDelay) + WireAfter);
        terms["merchant_base_url"] = Base;
        var order = new JsonObject
        {
            ["terms"] = terms, ["hash"] = hash, ["token"] = RandomNumberGenerator.GetHexString(26), ["h_contract"] = Hash(terms.ToJsonString()), ["state"] = "unclaimed", ["wallet"] = null,
            ["sessions"] = new JsonArray(), ["refunds"] = new JsonArray(), ["refunds_allowed"] = refundDelay > 0, ["wired"] = false,
        };
        books.Add(TalerSide.Provider, instance, Order, $"{instance}/{id}", null, clock.NowMs, order);
        return order;
    }

    /// <summary>Neither what was paid nor what a wallet may still pay.</summary>
    public void Delete(JsonObject order)
    {
        switch (Text(order, "state"))
        {
            case "paid":
                throw TalerSide.Refused(409, 2521, "It was paid.");
            case "claimed" when !IsOver(order):
                throw TalerSide.Refused(409, 2520, "It is still on offer.");
            default:
                books.Remove(TalerSide.Provider, $"{instance}/{Id(order)}");
                break;
        }
    }

    /// <summary>Raises what is given back to a total; a total that was reached already changes nothing.</summary>
    public void Refund(JsonObject order, string total, string reason)
    {
        if (Text(order, "state") != "paid")
        {
            throw TalerSide.Refused(409, 2531, "It was not paid.");
        }

        if (!order["refunds_allowed"]!.GetValue<bool>())
        {
            throw TalerSide.Refused(403, 2532, "It has no refund delay.");
        }

        if (order["wired"]!.GetValue<bool>())
        {
            throw TalerSide.Refused(410, 2533, "The money was paid out.");
        }

        var (wanted, before) = (TalerMoney.Units(total), Refunded(order));
        if (wanted < before || wanted > Price(order))
        {
            throw TalerSide.Refused(409, 2530, "Less than before, or more than was paid.");
        }

        if (wanted > before)
        {
            order["refunds"]!.AsArray().Add(new JsonObject { ["amount"] = TalerMoney.Of(wanted - before, Currency(order)), ["reason"] = reason, ["timestamp"] = Time(clock.Now), ["pending"] = true });
            Save(order);
            Tell("refund", order);
        }
    }

    public JsonObject Status(JsonObject order, string? session)
    {
        var (id, state) = (Id(order), Text(order, "state"));
        var terms = Terms(order).DeepClone();
        var page = $"{Base}orders/{id}";
        var isProven = session is null || order["sessions"]!.AsArray().Any(it => it!.GetValue<string>() == session);
        return (state, isProven) switch
        {
            ("unclaimed", _) => new JsonObject
            {
                ["order_status"] = "unpaid", ["taler_pay_uri"] = PayUri(order, session), ["order_status_url"] = $"{page}?token={Text(order, "token")}{Session(session)}",
                ["creation_time"] = Terms(order)["timestamp"]!.DeepClone(), ["summary"] = Text(Terms(order), "summary"), ["total_amount"] = Text(Terms(order), "amount"),
                ["pay_deadline"] = Terms(order)["pay_deadline"]!.DeepClone(), ["proto_contract_terms"] = terms,
            },
            ("claimed", _) or ("paid", false) => new JsonObject { ["order_status"] = "claimed", ["contract_terms"] = terms, ["order_status_url"] = $"{page}?h_contract={Text(order, "h_contract")}{Session(session)}" },
            _ => new JsonObject
            {
                ["order_status"] = "paid", ["refunded"] = Refunds(order).Count > 0, ["refund_pending"] = Refunds(order).Any(IsOffered), ["refund_amount"] = TalerMoney.Of(Refunded(order), Currency(order)),
                ["wired"] = order["wired"]!.GetValue<bool>(), ["deposit_total"] = order["deposited"]?.GetValue<string>() ?? TalerMoney.Of(0, Currency(order)),
                ["exchange_code"] = 0, ["exchange_http_status"] = 0, ["contract_terms"] = terms, ["last_payment"] = order["paid_at"]!.DeepClone(),
                ["refund_details"] = order["refunds"]!.DeepClone(), ["wire_details"] = new JsonArray(), ["order_status_url"] = $"{page}?h_contract={Text(order, "h_contract")}{Session(session)}",
            },
        };
    }

    public string PayUri(JsonObject order, string? session) => $"taler+http://pay/{Base["http://".Length..]}{Id(order)}/{Uri.EscapeDataString(session ?? "")}?c={Text(order, "token")}";

    // ---- the wallet's side ---------------------------------------------------------------------------------------------------------------

    /// <summary>Makes an order one wallet's, by the token that its address carries.</summary>
    public void Claim(JsonObject order, string wallet, string? token)
    {
        if (order["wallet"]?.GetValue<string>() is { } owner)
        {
            if (owner != wallet)
            {
                throw TalerSide.Refused(409, 2300, "Another wallet has claimed it.");
            }

            return;
        }

        if (token != Text(order, "token"))
        {
            throw TalerSide.Refused(403, 2301, "The token is not good.");
        }

        order["wallet"] = wallet;
        order["state"] = "claimed";
        Save(order);
    }

    /// <summary>Pays once; paying again only proves it for another session.</summary>
    public void Pay(JsonObject order, string wallet, string session)
    {
        if (order["wallet"]?.GetValue<string>() != wallet)
        {
            throw TalerSide.Refused(409, 2170, "It is not this wallet's.");
        }

        if (Text(order, "state") == "claimed")
        {
            if (IsOver(order))
            {
                throw TalerSide.Refused(410, 2171, "The offer is over.");
            }

            order["state"] = "paid";
            order["paid_at"] = Time(clock.Now);
            Move("capture", $"{instance}/{Id(order)}", order, Text(Terms(order)["extra"]?.AsObject() ?? new JsonObject { ["attempt"] = "" }, "attempt"), Price(order));
            Tell("pay", order);
        }

        if (session.Length > 0 && order["sessions"]!.AsArray().All(it => it!.GetValue<string>() != session))
        {
            order["sessions"]!.AsArray().Add(session);
        }

        Save(order);
    }

    /// <summary>The wallet fetches what was given back, as long as the exchange has not paid the merchant.</summary>
    public void PickUp(JsonObject order)
    {
        var offered = Refunds(order).Where(IsOffered).ToList();
        if (offered.Count > 0 && order["wired"]!.GetValue<bool>())
        {
            throw TalerSide.Refused(410, 2169, "The money was paid out.");
        }

        foreach (var refund in offered)
        {
            refund["pending"] = false;
            Move("refund", $"{instance}/{Id(order)}/{Refunds(order).IndexOf(refund)}", order, Text(refund, "reason"), TalerMoney.Units(Text(refund, "amount")));
        }

        Save(order);
    }

    /// <summary>Wallets of this instance's buyers fetch by themselves what is given back.</summary>
    public void PickUpByThemselves() => books.Add(TalerSide.Provider, instance, "auto", $"{instance}/auto", null, clock.NowMs, []);

    public bool PicksUpByItself => books.Find(TalerSide.Provider, instance, "auto", $"{instance}/auto") is not null;

    /// <summary>What a wallet has paid for an address before, and was not given back in full.</summary>
    public JsonObject? PaidBefore(string wallet, JsonObject order) => Terms(order)["fulfillment_url"]?.GetValue<string>() is not { } address ? null : All().Select(it => it.Body).FirstOrDefault(it =>
        Id(it) != Id(order) && Text(it, "state") == "paid" && it["wallet"]?.GetValue<string>() == wallet && Refunded(it) < Price(it) && Terms(it)["fulfillment_url"]?.GetValue<string>() == address);

    /// <summary>The exchange pays the merchant, and keeps its fee.</summary>
    public void Wire(JsonObject order, string fee)
    {
        order["wired"] = true;
        order["deposited"] = TalerMoney.Of(Price(order) - Refunds(order).Where(it => !IsOffered(it)).Sum(it => TalerMoney.Units(Text(it, "amount"))) - TalerMoney.Units(fee), Currency(order));
        Save(order);
        Tell("order_settled", order);
    }

    private static bool IsOffered(JsonObject refund) => refund["pending"]!.GetValue<bool>();

    private static string Session(string? session) => session is null ? "" : $"&session_id={Uri.EscapeDataString(session)}";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA512.HashData(Encoding.UTF8.GetBytes(text)));

    private bool IsOver(JsonObject order) => Terms(order)["pay_deadline"]!["t_s"]!.GetValue<long>() <= clock.NowSeconds;

    /// <summary>As the shop's template has it: neither an id nor a time.</summary>
    private void Tell(string type, JsonObject order) => Events.Add((type, new JsonObject { ["event"] = type, ["order_id"] = Id(order) }));

    private void Move(string kind, string id, JsonObject order, string ourId, long units) =>
        books.Move(new Movement(TalerSide.Provider, instance, kind, id, Id(order), ourId, units / TalerMoney.Cent, Currency(order), false, clock.NowMs));
}
