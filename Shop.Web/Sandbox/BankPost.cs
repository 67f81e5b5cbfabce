using System.Net.Http.Headers;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Shop.Payments;
using Shop.Payments.Sandbox;

namespace Shop.Web.Sandbox;

/// <summary>Sends the bank's events to the merchant, each until it is taken: at least once, in no promised order, signed at each try.
/// What is still to be sent stands in the file, so it survives a kill.</summary>
internal sealed partial class BankPost(
    BankFile file, BankAddresses addresses, IHttpClientFactory clients, IOptions<SandboxBankOptions> options, SandboxKey key, TimeProvider clock, ILogger<BankPost> log)
{
    private const int BatchSize = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>An event that nobody took for so long is tried once more and then given up.</summary>
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(3);

    /// <summary>How long another process's news may wait.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly Channel<bool> news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Says that there is something new to send.</summary>
    public void Wake() => news.Writer.TryWrite(true);

    /// <summary>Sends what is due now, one after the other; how many it tried.</summary>
    public async Task<int> PassAsync(CancellationToken cancellationToken)
    {
        if (addresses.Webhooks is not { } receiver || await NextDueAsync(cancellationToken) is not { } next || next > clock.GetUtcNow())
        {
            return 0;
        }

        // the next try is set before this one: a kill in between repeats an event and loses none
        var now = clock.GetUtcNow();
        var due = await file.WriteAsync(books => books.ClaimEventsAsync(now, BatchSize, tried => now + Patience + Delay(tried + 1)));
        var taken = new List<long>();
        var refused = new List<(DueEvent Event, DateTimeOffset At)>();
        foreach (var one in due)
        {
            if (await SendAsync(one.Event, receiver, cancellationToken))
            {
                taken.Add(one.Number);
            }
            else
            {
                refused.Add((one, clock.GetUtcNow()));
            }
        }

        await file.WriteAsync(async books =>
        {
            foreach (var number in taken)
            {
                await books.EndEventAsync(number, "sent", clock.GetUtcNow());
            }

            foreach (var (one, at) in refused)
            {
                if (at - one.Event.At >= GivenUpAfter)
                {
                    await books.EndEventAsync(one.Number, "given_up", at);
                    LogGivenUp(one.Event.Id, one.Attempts + 1);
                }
                else
                {
                    await books.DelayEventAsync(one.Number, at + Delay(one.Attempts + 1));
                }
            }

            return taken.Count;
        });
        return due.Count;
    }

    /// <summary>Until something is due, or there is news.</summary>
    public async Task SleepAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var span = addresses.Webhooks is not null && await NextDueAsync(cancellationToken) is { } next && next - now < LongestSleep ? next - now : LongestSleep;
        if (span <= TimeSpan.Zero)
        {
            return;
        }

        using var alarm = new CancellationTokenSource(span, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(alarm.Token, cancellationToken);
        try
        {
            await news.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // slept enough
        }
    }

    private Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken) => file.ReadAsync(books => books.NextEventDueAsync(), cancellationToken);

    private static TimeSpan Delay(int tries) => tries > 10 ? LongestDelay : TimeSpan.FromTicks(Math.Min(FirstDelay.Ticks << (tries - 1), LongestDelay.Ticks));

    private async Task<bool> SendAsync(BankEvent news, Uri receiver, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, receiver) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(news.Body)) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Add(SignatureHeader, TimedSignature.Write(clock.GetUtcNow(), Encoding.UTF8.GetBytes(news.Body), [.. options.Value.Secrets(key)]));
            using var client = clients.CreateClient(SandboxBank.WebhookClient);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            LogAnswer(news.Id, news.Type, (int)response.StatusCode);
            return response.IsSuccessStatusCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // whatever goes wrong on the way, the event was not taken and is sent again
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNoAnswer(news.Id, news.Type, exception.GetType().Name);
            return false;
        }
    }

    private const string SignatureHeader = "Sandbox-Signature";

    [LoggerMessage(Level = LogLevel.Debug, Message = "Bank event {Event} {Type}: the receiver answered {Status}")]
    private partial void LogAnswer(string @event, string type, int status);

    [LoggerMessage(Level = LogLevel.Information, Message = "Bank event {Event} {Type}: no answer, {Why}")]
    private partial void LogNoAnswer(string @event, string type, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Bank event {Event} is given up after {Tries} tries")]
    private partial void LogGivenUp(string @event, int tries);
}

/// <summary>Carries the post as long as the host runs.</summary>
internal sealed partial class BankPostman(BankPost post, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<BankPostman> log) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // only then the host knows where it listens
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await post.PassAsync(stoppingToken) == 0)
                {
                    await post.SleepAsync(stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // a loop that dies on the first error sends nothing afterwards
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogFailed(exception);
                await Task.Delay(AfterFailure, clock, stoppingToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The bank's post failed; it goes on in a minute.")]
    private partial void LogFailed(Exception exception);
}
