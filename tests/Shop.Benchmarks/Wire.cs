using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Shop.Benchmarks;

/// <summary>What came back: the status, where it leads, and the body, good until the next request.</summary>
internal readonly ref struct Answer(int status, string? location, ReadOnlySpan<byte> body)
{
    public int Status { get; } = status;

    /// <summary>Path and query of the redirect.</summary>
    public string? Location { get; } = location;

    public ReadOnlySpan<byte> Body { get; } = body;

    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>
/// One keep-alive connection over HTTP/1.1, written by hand: the client shares the machine's cores with the shop, so it does no more than it must.
/// It says what a proxy that ends TLS says, because that is how the shop is run.
/// </summary>
internal sealed class Wire : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] input = new byte[64 * 1024];
    private byte[] body = new byte[64 * 1024];
    private byte[] output = new byte[16 * 1024];
    private int read;
    private int filled;
    private int bodyLength;
    private int status;
    private string? location;

    public static async Task<Wire> OpenAsync(int port)
    {
        var wire = new Wire();
        await wire.socket.ConnectAsync(IPAddress.Loopback, port);
        return wire;
    }

    /// <summary>The buyer whose cookies go with the requests.</summary>
    public Cookies Cookies { get; set; } = new();

    /// <summary>The key of the seller whose program asks; null: a browser.</summary>
    public string? Key { get; set; }

    public Answer Last => new(status, location, body.AsSpan(0, bodyLength));

    public Task GetAsync(string path) => SendAsync($"GET {path} HTTP/1.1\r\n", null);

    public Task PostAsync(string path, string form) => SendAsync($"POST {path} HTTP/1.1\r\n", form);

    public void Dispose() => socket.Dispose();

    private async Task SendAsync(string head, string? form)
    {
        var length = Write(head, form);
        for (var sent = 0; sent < length;)
        {
            sent += await socket.SendAsync(output.AsMemory(sent, length - sent), SocketFlags.None);
        }

        read = filled = bodyLength = 0;
        location = null;
        int end;
        while ((end = input.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            await FillAsync();
        }

        var (contentLength, chunked) = Headers(end);
        read = end + 4;
        if (chunked)
        {
            await ChunksAsync();
        }
        else
        {
            while (filled - read < contentLength)
            {
                await FillAsync();
            }

            Take(contentLength);
        }
    }

    private int Write(string head, string? form)
    {
        var text = new StringBuilder(head, 1024)
            .Append("Host: 127.0.0.1\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nAccept: text/html\r\nAccept-Language: en-US\r\n");
        Cookies.Write(text);
        if (Key is { } key)
        {
            text.Append("Authorization: Bearer ").Append(key).Append("\r\n");
        }

        if (form is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {form.Length}\r\n");
        }

        text.Append("\r\n").Append(form);
        if (text.Length > output.Length)
        {
            output = new byte[text.Length];
        }

        var length = 0;
        foreach (var chunk in text.GetChunks())
        {
            length += Encoding.ASCII.GetBytes(chunk.Span, output.AsSpan(length));
        }

        return length;
    }

    private (int Length, bool Chunked) Headers(int end)
    {
        var head = input.AsSpan(0, end);
        status = ((head[9] - '0') * 100) + ((head[10] - '0') * 10) + head[11] - '0';
        var length = 0;
        var chunked = false;
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            if (Value(line, "Content-Length: "u8, out var value))
            {
                length = int.Parse(value, CultureInfo.InvariantCulture);
            }
            else if (Value(line, "Transfer-Encoding: chunked"u8, out _))
            {
                chunked = true;
            }
            else if (Value(line, "Location: "u8, out value))
            {
                var to = Encoding.ASCII.GetString(value);
                location = to.StartsWith('/') ? to : new Uri(to).PathAndQuery;
            }
            else if (Value(line, "Set-Cookie: "u8, out value))
            {
                Cookies.Keep(value);
            }
        }

        return (length, chunked);
    }

    private static bool Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var is_ = line.StartsWith(name);
        value = is_ ? line[name.Length..] : default;
        return is_;
    }

    private async Task ChunksAsync()
    {
        while (true)
        {
            int line;
            while ((line = input.AsSpan(read, filled - read).IndexOf("\r\n"u8)) < 0)
            {
                await FillAsync();
            }

            var size = int.Parse(input.AsSpan(read, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            read += line + 2;
            while (filled - read < size + 2)
            {
                await FillAsync();
            }

            Take(size);
            read += 2;
            if (size == 0)
            {
                return;
            }
        }
    }

    private void Take(int length)
    {
        if (bodyLength + length > body.Length)
        {
            Array.Resize(ref body, (bodyLength + length) * 2);
        }

        input.AsSpan(read, length).CopyTo(body.AsSpan(bodyLength));
        read += length;
        bodyLength += length;
    }

    private async Task FillAsync()
    {
        if (filled == input.Length)
        {
            Array.Resize(ref input, input.Length * 2);
        }

        var got = await socket.ReceiveAsync(input.AsMemory(filled), SocketFlags.None);
        filled += got > 0 ? got : throw new IOException("The shop hung up.");
    }
}

/// <summary>One buyer's cookies.</summary>
internal sealed class Cookies
{
    private readonly List<(string Name, string Value)> held = [];

    public void Keep(ReadOnlySpan<byte> header)
    {
        var end = header.IndexOf((byte)';');
        var pair = end < 0 ? header : header[..end];
        var equals = pair.IndexOf((byte)'=');
        var name = Encoding.ASCII.GetString(pair[..equals]);
        held.RemoveAll(c => c.Name == name);
        if (equals + 1 < pair.Length)
        {
            held.Add((name, Encoding.ASCII.GetString(pair[(equals + 1)..])));
        }
    }

    public void Write(StringBuilder text)
    {
        for (var i = 0; i < held.Count; i++)
        {
            text.Append(i == 0 ? "Cookie: " : "; ").Append(held[i].Name).Append('=').Append(held[i].Value);
        }

        if (held.Count > 0)
        {
            text.Append("\r\n");
        }
    }
}
