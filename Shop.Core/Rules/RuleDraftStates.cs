using Shop.Accounts;

namespace Shop.Core;

/// <summary>The legal changes of a draft of the rules. What was proposed is taken back before it is changed or discarded.</summary>
public static class RuleDraftStates
{
    public static StateTable<RuleDraftState> Table { get; } = new(
        born: [RuleDraftState.Open],
        pairs:
        [
            (RuleDraftState.Open, RuleDraftState.Proposed),
            (RuleDraftState.Open, RuleDraftState.Published),
            (RuleDraftState.Open, RuleDraftState.Discarded),
            (RuleDraftState.Proposed, RuleDraftState.Open),
            (RuleDraftState.Proposed, RuleDraftState.Published),
        ]);
}
