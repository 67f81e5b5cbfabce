using Microsoft.Extensions.Logging.Abstractions;
using Shop.TestKit;

namespace Shop.Payments.Tests;

/// <summary>A provider that fails gets no new payments for a while, and one that is well is not touched by it.</summary>
public sealed class ProviderCircuitTests
{
    private static readonly ProviderId Id = new("scripted");
    private static readonly ProviderId Other = new("other");

    private readonly TestClock clock = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task P20_FailsSeveralTimesInARow_IsPaused_AndOthersAreNot()
    {
        var (gateway, circuit) = Gateway(new ScriptedProvider { OnGet = _ => throw new HttpRequestException() }, Well(Other));
        for (var call = 1; call < ProviderCircuit.MostFailures; call++)
        {
            await AskAsync(gateway, Id);
        }

        Assert.Null(circuit.Of(Id));
        await AskAsync(gateway, Id);
        await AskAsync(gateway, Other);
        Assert.Equal((FaultKind.Temporary, (ProviderPause?)null), (circuit.Of(Id)?.Fault, circuit.Of(Other)));
        clock.Advance(ProviderCircuit.Pause);
        Assert.Null(circuit.Of(Id));
        await AskAsync(gateway, Id);
        Assert.NotNull(circuit.Of(Id));
    }

    [Fact]
    public async Task P03_OnePaymentInDoubtAskedAboutAgainAndAgain_PausesNothing()
    {
        var (gateway, circuit) = Gateway(new ScriptedProvider { OnGet = _ => throw new HttpRequestException() });
        var payment = Some.Locator(Some.Payment());
        for (var call = 0; call < 2 * ProviderCircuit.MostFailures; call++)
        {
            await gateway.GetAsync(Id, payment, Now);
        }

        Assert.Null(circuit.Of(Id));
    }

    [Fact]
    public async Task P20_AnswersInBetween_AreNotInARow()
    {
        var calls = 0;
        var (gateway, circuit) = Gateway(new ScriptedProvider { OnGet = _ => ++calls % 3 == 0 ? Task.FromResult(Processing) : throw new HttpRequestException() });
        for (var call = 0; call < 4 * ProviderCircuit.MostFailures; call++)
        {
            await AskAsync(gateway, Id);
        }

        Assert.Null(circuit.Of(Id));
    }

    [Fact]
    public async Task P20_FirstAnswer_EndsThePause_AndIsToldOnce()
    {
        var broken = true;
        var (gateway, circuit) = Gateway(new ScriptedProvider { OnGet = _ => broken ? throw new HttpRequestException() : Task.FromResult(Processing) });
        for (var call = 0; call < ProviderCircuit.MostFailures; call++)
        {
            await AskAsync(gateway, Id);
        }

        broken = false;
        await AskAsync(gateway, Id);
        Assert.Equal((null, true, false), (circuit.Of(Id), circuit.TakeBack(Id), circuit.TakeBack(Id)));
    }

    [Fact]
    public async Task P06_KeyRefused_PausesAtOnce()
    {
        var (gateway, circuit) = Gateway(new ScriptedProvider { OnGet = _ => throw new HttpRequestException(null, null, System.Net.HttpStatusCode.Unauthorized) });
        await AskAsync(gateway, Id);
        Assert.Equal(FaultKind.Permanent, circuit.Of(Id)?.Fault);
    }

    [Fact]
    public async Task P21_HangsThrowsOrReturnsNull_IsUnknownAndPausedWhileOthersAnswer()
    {
        var never = new TaskCompletionSource<PaymentSnapshot>();
        var turn = 0;
        var (gateway, circuit) = Gateway(
            new ScriptedProvider { OnGet = _ => (++turn % 3) switch { 0 => throw new InvalidOperationException(), 1 => Task.FromResult<PaymentSnapshot>(null!), _ => never.Task } },
            Well(Other));
        for (var call = 0; call < ProviderCircuit.MostFailures; call++)
        {
            var asked = AskAsync(gateway, Id);
            clock.Advance(PaymentGateway.Limit);
            Assert.IsType<PaymentOutcome.Unknown>((await asked).Outcome);
        }

        Assert.NotNull(circuit.Of(Id));
        Assert.IsType<PaymentOutcome.Processing>((await AskAsync(gateway, Other)).Outcome);
    }

    private static PaymentSnapshot Processing => new() { Outcome = new PaymentOutcome.Processing(null) };

    private static ScriptedProvider Well(ProviderId id) => new(id.Value) { OnGet = _ => Task.FromResult(Processing) };

    private static Task<PaymentSnapshot> AskAsync(PaymentGateway gateway, ProviderId provider) => gateway.GetAsync(provider, Some.Locator(Some.Payment()), Now);

    private (PaymentGateway Gateway, ProviderCircuit Circuit) Gateway(params IPaymentProvider[] providers)
    {
        var circuit = new ProviderCircuit(clock, NullLogger<ProviderCircuit>.Instance);
        return (new PaymentGateway(new PaymentProviders(providers, []), clock, NullLogger<PaymentGateway>.Instance, circuit), circuit);
    }
}
