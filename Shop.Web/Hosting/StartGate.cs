namespace Shop.Web.Hosting;

/// <summary>Opens when the database is ready. The shop listens before that; whoever comes early waits a little.</summary>
internal sealed class StartGate
{
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Opened => opened.Task;

    public bool IsOpen => opened.Task.IsCompletedSuccessfully;

    public void Open() => opened.TrySetResult();
}

/// <summary>Lets requests wait for the gate, and asks them to come back when that takes long.</summary>
internal sealed class StartGateMiddleware(RequestDelegate next, StartGate gate, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task InvokeAsync(HttpContext context)
    {
        if (!gate.IsOpen && !context.Request.Path.StartsWithSegments("/health"))
        {
            try
            {
                await gate.Opened.WaitAsync(Patience, clock, context.RequestAborted);
            }
            catch (TimeoutException)
            {
                await LastResort.WriteAsync(context, StatusCodes.Status503ServiceUnavailable);
                return;
            }
        }

        await next(context);
    }
}
