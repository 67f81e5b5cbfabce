using System.Text;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Core.Tests.States;

/// <summary>A machine with its states as words, so that all of them can be walked alike.</summary>
internal sealed record Machine(
    string Name, string Where, IReadOnlyList<string> States, IReadOnlyList<string> Born, IReadOnlyList<(string From, string To)> Legal,
    Func<string, string, Applied> Apply, Func<string, bool> IsFinal);

internal static class StateMachines
{
    public static IReadOnlyList<Machine> All { get; } =
    [
        Of("Order", "OrderStates", OrderStates.Table),
        Of("Payment attempt", "AttemptStates", AttemptStates.Table),
        Of("Refund", "RefundStates", RefundStates.Table),
        Of("Dispute", "DisputeStates", DisputeStates.Table),
        Of("Delivery", "DeliveryStates", DeliveryStates.Table),
        Of("Rename token", "RenameTokenStates", RenameTokenStates.Table),
        Of("Swap of two names", "NameSwapStates", NameSwapStates.Table),
        Of("Approval of a second person", "ApprovalStates", ApprovalStates.Table),
        Of("Virtual gift", "VirtualGiftStates", VirtualGiftStates.Table),
        Of("Virtual gift that was delivered", "VirtualGiftOfferStates", VirtualGiftOfferStates.Table),
        Of("Subscription", "SubscriptionStates", SubscriptionStates.Table),
        Of("Closing of an account", "AccountClosingStates", AccountClosingStates.Table),
        Of("Seller", "SellerStates", SellerStates.Table),
        Of("Request with a key", "ApiRequestStates", ApiRequestStates.Table),
        Of("Transaction of a seller", "TransactionStates", TransactionStates.Table),
        Of("Draft of the rules", "RuleDraftStates", RuleDraftStates.Table),
    ];

    public static WrittenFile Document { get; } = new("docs/state-machines.md", Write());

    public static Machine Named(string name) => All.Single(machine => machine.Name == name);

    private static Machine Of<T>(string name, string where, StateTable<T> table) where T : struct, Enum => new(
        name,
        where,
        [.. Enum.GetValues<T>().Select(Words.Of)],
        [.. table.Born.Select(Words.Of)],
        [.. table.Pairs.Select(pair => (Words.Of(pair.From), Words.Of(pair.To)))],
        (from, to) => table.Apply(Words.Parse<T>(from), Words.Parse<T>(to)),
        state => table.IsFinal(Words.Parse<T>(state)));

    /// <summary>Written by trying every pair, not by copying the list of legal ones.</summary>
    private static string Write()
    {
        var text = new StringBuilder("""
            # State machines

            Written by a test that tries every pair of states against the C# tables (`SHOP_WRITE_DOCS=1 ./test.sh --filter StateMachineTests`
            writes it anew). A row is the state before, a column the state after; a dot is a repeat, which changes nothing. What is not marked is refused.


            """.ReplaceLineEndings("\n"));
        foreach (var machine in All)
        {
            text.Append($"## {machine.Name} (`{machine.Where}`)\n\n");
            text.Append($"Born as: {string.Join(", ", machine.Born)}. Final: {string.Join(", ", machine.States.Where(machine.IsFinal))}.\n\n");
            text.Append($"| from \\ to | {string.Join(" | ", machine.States)} |\n");
            text.Append($"|---|{string.Concat(Enumerable.Repeat(":-:|", machine.States.Count))}\n");
            foreach (var from in machine.States)
            {
                text.Append($"| {from} | {string.Join(" | ", machine.States.Select(to => Mark(machine, from, to)))} |\n");
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string Mark(Machine machine, string from, string to)
    {
        try
        {
            return machine.Apply(from, to) == Applied.Applied ? "yes" : "·";
        }
        catch (InvalidOperationException)
        {
            return " ";
        }
    }
}
