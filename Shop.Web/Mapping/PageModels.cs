using AutoMapper;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Mapping;

/// <summary>Rows to what pages list. Amounts of money, states and words are not copied by name: whoever shows them says how.</summary>
internal sealed class PageModels : Profile
{
    public PageModels()
    {
        CreateMap<OrderRow, HistoryRow>()
            .ForMember(row => row.State, how => how.Ignore())
            .ForMember(row => row.Total, how => how.Ignore())
            .ForMember(row => row.Split, how => how.Ignore())
            .ForMember(row => row.Method, how => how.Ignore());
        CreateMap<StatementLine, StatementRow>().ForMember(row => row.What, how => how.Ignore());
    }
}

/// <summary>An order in the history.</summary>
public sealed class HistoryRow
{
    public string Number { get; init; } = "";

    public string Reference { get; init; } = "";

    public DateTimeOffset PlacedAt { get; init; }

    public string Title { get; init; } = "";

    /// <summary>The sellers of its lines, besides the shop itself.</summary>
    public IReadOnlyList<string> Sellers { get; init; } = [];

    /// <summary>How many lines it has.</summary>
    public int Lines { get; init; }

    public string Total { get; set; } = "";

    /// <summary>How it was paid in money and points; empty where no points were used.</summary>
    public string Split { get; set; } = "";

    public string State { get; set; } = "";

    /// <summary>Its last try to pay came to nothing.</summary>
    public bool IsFailed { get; init; }

    /// <summary>The number of its receipt; null: it has none.</summary>
    public string? Receipt { get; init; }

    public IReadOnlyList<string> CreditNotes { get; init; } = [];

    public string Method { get; set; } = "";
}

/// <summary>A line of the points statement.</summary>
public sealed class StatementRow
{
    public DateTimeOffset At { get; init; }

    public long Amount { get; init; }

    public long BalanceAfter { get; init; }

    public string What { get; set; } = "";
}
