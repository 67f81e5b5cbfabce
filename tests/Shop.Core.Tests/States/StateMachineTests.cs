using Shop.Accounts;

namespace Shop.Core.Tests.States;

/// <summary>Goes through every pair of states, the legal and the illegal ones. What was agreed stands in docs/state-machines.md.</summary>
public sealed class StateMachineTests
{
    public static TheoryData<string> Machines => [.. StateMachines.All.Select(machine => machine.Name)];

    [Fact]
    public void Document_IsWhatTheTablesSay() => StateMachines.Document.Check();

    [Theory]
    [MemberData(nameof(Machines))]
    public void EveryState_CanBeReached(string name)
    {
        var machine = StateMachines.Named(name);
        var reached = machine.Born.ToHashSet();
        while (machine.Legal.Any(pair => reached.Contains(pair.From) && reached.Add(pair.To)))
        {
            // goes on until no step leads to a state that was not seen
        }

        Assert.Equal(machine.States.Order(StringComparer.Ordinal), reached.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void SameState_IsARepeat(string name)
    {
        var machine = StateMachines.Named(name);
        Assert.All(machine.States, state => Assert.Equal(Applied.Same, machine.Apply(state, state)));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void PairOutsideTheTable_IsAMistakeInTheCode(string name)
    {
        var machine = StateMachines.Named(name);
        var illegal = machine.States.SelectMany(from => machine.States, (from, to) => (from, to))
            .Where(pair => pair.from != pair.to && !machine.Legal.Contains(pair)).ToList();
        Assert.NotEmpty(illegal);
        Assert.All(illegal, pair => Assert.Throws<InvalidOperationException>(() => machine.Apply(pair.from, pair.to)));
    }

    [Theory]
    [InlineData("Order", "refunded,cancelled,expired")]
    [InlineData("Payment attempt", "captured")]
    [InlineData("Refund", "failed")]
    [InlineData("Delivery", "cancelled,revoked")]
    [InlineData("Draft of the rules", "published,discarded")]
    public void OnlyTheseStates_AreFinal(string name, string final)
    {
        var machine = StateMachines.Named(name);
        Assert.Equal(final.Split(','), machine.States.Where(machine.IsFinal));
    }

    /// <summary>One attempt of an order at a time: the index that holds it must count every state in which money may still move.</summary>
    [Fact]
    public void LiveAttempts_AreThoseThatMayStillTakeMoneyOrHaveTakenIt() =>
        Assert.Equal(["created", "sent", "action", "pending", "held", "unknown", "captured"], AttemptStates.Live.Select(Words.Of));

    [Fact]
    public void Before_IsWhatAGuardedUpdateMayFind() =>
        Assert.Equal([OrderState.AwaitingPayment, OrderState.RefundPending], OrderStates.Table.Before(OrderState.Paid));
}
