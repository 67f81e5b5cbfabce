using System.Threading.Channels;

namespace Shop.Core;

/// <summary>Tells this process's background work that something became due, so that it need not wait for its next look. Only a hint: rows carry the work.</summary>
public sealed class Wake
{
    private readonly Channel<bool> calls = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Call() => calls.Writer.TryWrite(true);

    /// <summary>Returns when called, or after the time is over.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await calls.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time is over: look anyway.
        }
    }
}
