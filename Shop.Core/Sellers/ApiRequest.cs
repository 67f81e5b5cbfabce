namespace Shop.Core;

/// <summary>Where a request with a key stands. running: somebody is at it. done: its answer is kept and given again.</summary>
public enum ApiRequestState { Running, Done }

/// <summary>The legal changes of a request with a key.</summary>
public static class ApiRequestStates
{
    public static StateTable<ApiRequestState> Table { get; } = new(born: [ApiRequestState.Running], pairs: [(ApiRequestState.Running, ApiRequestState.Done)]);
}

/// <summary>A request to the API that must not happen twice, by the key its sender gave it, and what it was answered (exactly-once.md section 12).</summary>
public sealed class ApiRequest
{
    public long Id { get; private set; }

    /// <summary>Whose keys these are: <c>seller:5</c>.</summary>
    public required string Principal { get; init; }

    public required string Key { get; init; }

    /// <summary>SHA-256 of method, path and body.</summary>
    public required string RequestHash { get; init; }

    public ApiRequestState State { get; init; } = ApiRequestState.Running;

    /// <summary>The status that was answered; null while it runs.</summary>
    public int? Status { get; init; }

    /// <summary>The body that was answered.</summary>
    public string? Answer { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    public DateTimeOffset? DoneAt { get; init; }
}
