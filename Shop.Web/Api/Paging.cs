using System.Globalization;
namespace Shop.Web.Api;

/// <summary>
/// Pages, newest first by id. The address of the next page says after which object it goes on, so that what is added meanwhile neither shows twice nor hides anything;
/// a page asked for by its number alone is counted from the newest.
/// </summary>
internal sealed record Paging(int Page, int PerPage, string? Before)
{
    public const int Usual = 20;
    public const int Most = 100;

    /// <summary>Farther back one goes by the addresses of next pages.</summary>
    private const int MostPages = 1_000;

    public static IReadOnlyList<ApiField> Fields { get; } =
    [
        new ApiField.Number("page", "The page, from 1.", 1, MostPages),
        new ApiField.Number("per_page", $"Objects on a page; {Usual} without it.", 1, Most),
        new ApiField.Text("before", "From the address of the next page: only what is older than this.", 64) { Shape = ApiCalls.IdShape },
    ];

    public int Skip => (Page - 1) * PerPage;

    public static Paging Of(ApiInput input) => new((int)(input.Number("page") ?? 1), (int)(input.Number("per_page") ?? Usual), input.Text("before"));

    /// <summary>The page; one object more than it holds was read, to know whether another follows.</summary>
    public PageObject<T> Of<T>(string address, string buyer, IReadOnlyList<T> read, int total, Func<T, string> key)
    {
        var objects = read.Take(PerPage).ToList();
        var next = read.Count > PerPage
            ? string.Create(CultureInfo.InvariantCulture, $"{address}?buyer={buyer}&page={Math.Min(Page + 1, MostPages)}&per_page={PerPage}&before={key(objects[^1])}")
            : null;
        return new PageObject<T>(new PageMeta(Page, PerPage, total, next), objects);
    }
}
