using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shop.Payments.Taler;

// the back end's messages, as it writes them; what its versions write or leave out is nullable here

internal sealed record NewOrder(NewOrderTerms Order, TalerSpan RefundDelay, bool CreateToken);

internal sealed record NewOrderTerms(string Summary, string Amount, string OrderId, Uri FulfillmentUrl, NewOrderExtra Extra);

/// <summary>What we find again in the contract.</summary>
internal sealed record NewOrderExtra(Guid Attempt);

/// <param name="DUs">Microseconds.</param>
internal sealed record TalerSpan([property: JsonPropertyName("d_us")] long DUs)
{
    public static TalerSpan Of(TimeSpan span) => new(span.Ticks / TimeSpan.TicksPerMicrosecond);
}

/// <param name="Refund">All that is given back of this order, with what was given back before.</param>
internal sealed record NewRefund(string Refund, string Reason);

internal sealed record TalerCreated
{
    public required string OrderId { get; init; }
}

internal sealed record TalerRefundOffered
{
    public required string TalerRefundUri { get; init; }
}

internal sealed record TalerOrder
{
    public required string OrderStatus { get; init; }

    public string? TalerPayUri { get; init; }

    /// <summary>Until version 25, later in the proposal.</summary>
    public TalerTime? CreationTime { get; init; }

    /// <inheritdoc cref="CreationTime"/>
    public string? TotalAmount { get; init; }

    public TalerTime? PayDeadline { get; init; }

    /// <summary>Of an order that nobody has claimed, from version 25 on.</summary>
    public TalerTerms? ProtoContractTerms { get; init; }

    public TalerTerms? ContractTerms { get; init; }

    /// <summary>Some of what was given back was not fetched yet.</summary>
    public bool RefundPending { get; init; }

    /// <summary>The exchange has paid the money out to the merchant: nothing can be fetched any more.</summary>
    public bool Wired { get; init; }

    public string? DepositTotal { get; init; }

    public TalerTime? LastPayment { get; init; }

    public IReadOnlyList<TalerRefundDetail> RefundDetails { get; init; } = [];

    /// <summary>What was agreed, or is proposed.</summary>
    public TalerTerms? Terms => ContractTerms ?? ProtoContractTerms;
}

internal sealed record TalerTerms
{
    public string? OrderId { get; init; }

    public string? Amount { get; init; }

    public Uri? MerchantBaseUrl { get; init; }

    public TalerTime? Timestamp { get; init; }

    public TalerTime? PayDeadline { get; init; }

    public JsonElement? Extra { get; init; }
}

internal sealed record TalerRefundDetail
{
    public required string Reason { get; init; }

    public required string Amount { get; init; }

    public required TalerTime Timestamp { get; init; }

    /// <summary>The buyer has not fetched it; some versions say that of all together only.</summary>
    public bool? Pending { get; init; }
}

internal sealed record TalerList
{
    public required IReadOnlyList<TalerListed> Orders { get; init; }
}

internal sealed record TalerListed
{
    public required string OrderId { get; init; }

    public required long RowId { get; init; }

    /// <summary>When the order was made.</summary>
    public required TalerTime Timestamp { get; init; }
}

internal sealed record TalerConfig
{
    /// <summary><c>current:revision:age</c>.</summary>
    public required string Version { get; init; }

    public required string Name { get; init; }

    public string? Currency { get; init; }

    /// <summary>By code, from the version on that knows several.</summary>
    public IReadOnlyDictionary<string, JsonElement> Currencies { get; init; } = new Dictionary<string, JsonElement>();
}

internal sealed record TalerEvent
{
    public required string Event { get; init; }

    public required string OrderId { get; init; }
}

internal sealed record TalerFault
{
    public required int Code { get; init; }
}

/// <summary>An instant: <c>{"t_s": seconds}</c>, in old versions <c>t_ms</c>, or <c>"never"</c> for its value.</summary>
[JsonConverter(typeof(Reader))]
internal sealed record TalerTime(DateTimeOffset? At)
{
    private sealed class Reader : JsonConverter<TalerTime>
    {
        public override TalerTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var said = JsonElement.ParseValue(ref reader);
            if (said.ValueKind != JsonValueKind.Object)
            {
                throw new JsonException("The back end told of a time that cannot be read.");
            }

            var isWhole = said.TryGetProperty("t_s", out var value);
            if (!isWhole && !said.TryGetProperty("t_ms", out value))
            {
                throw new JsonException("The back end told of a time that cannot be read.");
            }

            if (value.ValueKind == JsonValueKind.String && value.ValueEquals("never"))
            {
                return new TalerTime((DateTimeOffset?)null);
            }

            var most = DateTimeOffset.MaxValue.ToUnixTimeSeconds() * (isWhole ? 1 : 1000);
            return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var since) && since >= 0 && since <= most
                ? new TalerTime(isWhole ? DateTimeOffset.FromUnixTimeSeconds(since) : DateTimeOffset.FromUnixTimeMilliseconds(since))
                : throw new JsonException("The back end told of a time that cannot be read.");
        }

        public override void Write(Utf8JsonWriter writer, TalerTime value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
