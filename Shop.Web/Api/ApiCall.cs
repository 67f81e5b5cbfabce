using Shop.Core;

namespace Shop.Web.Api;

/// <summary>An answer of a call that went well, or the problem.</summary>
internal sealed record ApiAnswer(int Status, object? Body)
{
    public ApiProblem? Problem { get; init; }

    /// <summary>Written beside the body, such as a signature.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public static ApiAnswer Ok(object body) => new(StatusCodes.Status200OK, body);

    public static ApiAnswer Created(object body) => new(StatusCodes.Status201Created, body);

    public static implicit operator ApiAnswer(ApiProblem problem) => new(problem.Status, null) { Problem = problem };
}

/// <summary>A request of a seller, read and checked.</summary>
/// <param name="Key">The key it came with: whose, and what it may.</param>
/// <param name="Id">What stands in the address; empty where nothing does.</param>
/// <param name="IsTakenOver">The same request began before and was cut off: what it left behind is gone on with.</param>
internal sealed record SellerRequest(HttpContext Context, KeyHolder Key, string Id, ApiInput Input, bool IsTakenOver)
{
    public long SellerId => Key.SellerId;

    public T Get<T>() where T : notnull => Context.RequestServices.GetRequiredService<T>();
}

/// <summary>A call of the sellers' interface. Endpoints, checks of what comes in and the description are all made of this list, so that they cannot differ.</summary>
internal sealed record ApiCall(string Method, string Path, string Name, KeyScopes Scope, Func<SellerRequest, CancellationToken, Task<ApiAnswer>> Run)
{
    /// <summary>What it does, in a sentence.</summary>
    public required string About { get; init; }

    public IReadOnlyList<ApiField> Query { get; init; } = [];

    public IReadOnlyList<ApiField> Body { get; init; } = [];

    /// <summary>Fields that can never be sent, because they say what belongs to what: 422.</summary>
    public IReadOnlyList<string> Fixed { get; init; } = [];

    public bool TakesBody => Method is "POST" or "PATCH";

    public bool Writes => Method is not "GET";

    /// <summary>It moves money or gets ready to: a repeat must be known as one.</summary>
    public bool NeedsKey { get; init; }

    /// <summary>Its answer is a secret of the moment, which is kept nowhere: each call makes a new one, whatever key it has.</summary>
    public bool IsNeverKept { get; init; }

    /// <summary>The type of the object that it answers with.</summary>
    public required Type Answer { get; init; }

    /// <summary>The answer is a page of such objects.</summary>
    public bool IsPaged { get; init; }

    public int SuccessStatus { get; init; } = StatusCodes.Status200OK;

    /// <summary>Where its path begins.</summary>
    public string Root { get; init; } = ApiCalls.Base;

    public string Address => $"{Root}{Path}";
}
