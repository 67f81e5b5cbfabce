namespace Shop.Payments;

/// <summary>Notes the status of each answer over HTTP for the call that is under way: the number alone, never a header or a body.</summary>
internal sealed class HttpStatusNote : DelegatingHandler
{
    private static readonly AsyncLocal<Open?> Now = new();

    /// <summary>From here on until it is disposed, statuses belong to this call, also those that its own tasks see.</summary>
    public static Open Begin() => Now.Value = new Open();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var call = Now.Value;
        var response = await base.SendAsync(request, cancellationToken);
        call?.Last = (int)response.StatusCode;
        return response;
    }

    public sealed class Open : IDisposable
    {
        public int? Last { get; set; }

        public void Dispose() => Now.Value = null;
    }
}
