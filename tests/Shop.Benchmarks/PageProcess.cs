using System.Diagnostics;
using System.Net.Sockets;

namespace Shop.Benchmarks;

/// <summary>One of this program's own sites (<see cref="BarePage"/>, <see cref="GuardedSite"/>) in a process of its own.</summary>
internal sealed class PageProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly int port;

    private PageProcess(Process process, int port) => (this.process, this.port) = (process, port);

    /// <param name="port">Where it listens.</param>
    /// <param name="arguments">Its command, and what that takes.</param>
    public static PageProcess Start(int port, params string[] arguments) =>
        new(Process.Start(new ProcessStartInfo("dotnet", [typeof(PageProcess).Assembly.Location, .. arguments]))!, port);

    public Usage Usage() => Benchmarks.Usage.Of(process);

    /// <summary>So many connections; waits until it listens.</summary>
    public async Task<List<Wire>> OpenAsync(int connections)
    {
        var wires = new List<Wire>();
        for (var tries = 0; wires.Count < connections; tries++)
        {
            try
            {
                wires.Add(await Wire.OpenAsync(port));
            }
            catch (SocketException) when (tries < 200)
            {
                await Task.Delay(50);
            }
        }

        return wires;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
