using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;

namespace Shop.Web.Security;

/// <summary>
/// Finds what looks like the number of a payment card: 13 to 19 digits, blanks and dashes between them ignored, that begin with 2 to 6 and pass the Luhn check
/// (ST-2). Pure. A number that stands beside others, as a date or a code after it, is found too: every span that begins and ends with a group of digits is tried.
/// </summary>
internal static class CardNumbers
{
    private const int Least = 13;
    private const int Most = 19;

    /// <summary>A word of at least so many hexadecimal digits with a letter among them is an id that a machine made, such as those of the sandbox's bank.</summary>
    private const int MachineId = 32;

    private static readonly string[] Names = ["number", "cvc"];

    /// <summary>A field that could only be there for a card: <c>number</c>, <c>card[number]</c>, <c>Card.Cvc</c>.</summary>
    public static bool IsFieldOfACard(string name)
    {
        var last = name.TrimEnd(']');
        last = last[(last.LastIndexOfAny(['[', '.']) + 1)..];
        return Names.Contains(last, StringComparer.OrdinalIgnoreCase);
    }

    public static bool IsIn(string? text)
    {
        if (text is null || text.Length < Least)
        {
            return false;
        }

        List<Range>? groups = null;
        var digits = 0;
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            if (char.IsDigit(c))
            {
                var from = i;
                while (i < text.Length && char.IsDigit(text[i]))
                {
                    i++;
                }

                if (EndOfMachineId(text, from) is { } end)
                {
                    groups?.Clear();
                    digits = 0;
                    i = end;
                    continue;
                }

                (groups ??= []).Add(from..i);
                digits += i - from;
                if (digits >= Least && EndsWithACard(text, groups))
                {
                    return true;
                }
            }
            else
            {
                if (!char.IsWhiteSpace(c) && char.GetUnicodeCategory(c) != UnicodeCategory.DashPunctuation)
                {
                    groups?.Clear();
                    digits = 0;
                }

                i++;
            }
        }

        return false;
    }

    /// <summary>Whether the last groups, as few as are needed, make a number.</summary>
    private static bool EndsWithACard(string text, List<Range> groups)
    {
        var digits = "";
        for (var i = groups.Count - 1; i >= 0 && digits.Length + text.AsSpan(groups[i]).Length <= Most; i--)
        {
            digits = Ascii(text.AsSpan(groups[i])) + digits;
            if (digits.Length >= Least && digits[0] is >= '2' and <= '6' && PassesLuhn(digits))
            {
                return true;
            }
        }

        return false;
    }

    private static bool PassesLuhn(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            sum += i % 2 == 0 ? digit : digit > 4 ? (digit * 2) - 9 : digit * 2;
        }

        return sum % 10 == 0;
    }

    /// <summary>Digits of any script as those of ASCII.</summary>
    private static string Ascii(ReadOnlySpan<char> digits)
    {
        Span<char> ascii = stackalloc char[digits.Length > 64 ? 64 : digits.Length];
        for (var i = 0; i < ascii.Length; i++)
        {
            ascii[i] = (char)('0' + (int)char.GetNumericValue(digits[i]));
        }

        return ascii.ToString();
    }

    /// <summary>Where the machine's id ends that holds this place, a UUID with dashes or a long hexadecimal word; null when none does.</summary>
    private static int? EndOfMachineId(string text, int at)
    {
        var from = at;
        while (from > 0 && IsHex(text[from - 1]))
        {
            from--;
        }

        var to = at;
        while (to < text.Length && IsHex(text[to]))
        {
            to++;
        }

        if (to - from >= MachineId && text.AsSpan(from, to - from).IndexOfAnyExceptInRange('0', '9') >= 0)
        {
            return to;
        }

        const int Uuid = 36;
        while (from > 0 && (IsHex(text[from - 1]) || text[from - 1] == '-') && at - from < Uuid)
        {
            from--;
        }

        return text.Length - from >= Uuid && Guid.TryParseExact(text.AsSpan(from, Uuid), "D", out _) && text.AsSpan(from, Uuid).ContainsAnyInRange('a', 'f') && at < from + Uuid
            ? from + Uuid
            : null;
    }

    private static bool IsHex(char c) => char.IsAsciiHexDigit(c);
}

/// <summary>
/// No card number reaches the shop (ST-2): a request that holds one, or a field for one, is refused before anything is logged or stored. This looks at the address
/// and at the headers that people's typing can get into; <see cref="CardNumberInBodyGuard"/> looks at the body, once the endpoint has said how long that may be.
/// </summary>
internal sealed class CardNumberGuard(RequestDelegate next)
{
    private static readonly string[] Headers = ["Referer", "User-Agent", "Accept-Language", "Cookie"];

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<IStatusCodeReExecuteFeature>() is not null || context.Features.Get<IExceptionHandlerFeature>() is not null)
        {
            return next(context); // this is the error page for what was refused here
        }

        var request = context.Request;
        var found = CardNumbers.IsIn(request.Path.Value)
            || request.Query.Any(field => CardNumbers.IsFieldOfACard(field.Key) || CardNumbers.IsIn(field.Key) || field.Value.Any(CardNumbers.IsIn))
            || Headers.Any(name => request.Headers[name].Any(value => CardNumbers.IsIn(Uri.UnescapeDataString(value ?? ""))));
        if (!found)
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return Task.CompletedTask;
    }
}

/// <summary>
/// Marks a page whose form is a file of staff's and nothing else: it is read only once it is known who sends it, because it may be larger than what strangers may send.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class LargeUploadAttribute : Attribute;

/// <summary>The part of <see cref="CardNumberGuard"/> for forms and for texts such as JSON. Webhooks are left out: they are signed messages of providers about ids of theirs.</summary>
internal sealed partial class CardNumberInBodyGuard(RequestDelegate next)
{
    private static readonly string[] Texts = ["json", "text/", "csp-report", "reports+json", "xml"];

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || request.Path.StartsWithSegments("/hooks")
            || context.GetEndpoint()?.Metadata.GetMetadata<LargeUploadAttribute>() is not null
            || context.Features.Get<IStatusCodeReExecuteFeature>() is not null || context.Features.Get<IExceptionHandlerFeature>() is not null)
        {
            await next(context);
            return;
        }

        if (request.HasFormContentType ? await IsInFormAsync(context) : IsText(request.ContentType) && await IsInTextAsync(context))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        await next(context);
    }

    private static async Task<bool> IsInFormAsync(HttpContext context)
    {
        IFormCollection form;
        try
        {
            form = await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return false; // too long, or no form: whoever reads it next meets the same, and answers as it always does
        }

        return form.Any(field => CardNumbers.IsFieldOfACard(field.Key) || CardNumbers.IsIn(field.Key) || field.Value.Any(CardNumbers.IsIn))
            || form.Files.Any(file => CardNumbers.IsIn(file.FileName));
    }

    private static async Task<bool> IsInTextAsync(HttpContext context)
    {
        var request = context.Request;
        request.EnableBuffering();
        using var reader = new StreamReader(request.Body, leaveOpen: true);
        string text;
        try
        {
            text = await reader.ReadToEndAsync(context.RequestAborted);
        }
        catch (BadHttpRequestException)
        {
            return false; // too long: whoever reads it next meets the same
        }

        request.Body.Position = 0;
        return CardNumbers.IsIn(text) || Names(text);
    }

    /// <summary>A member of a JSON object that could only be there for a card.</summary>
    private static bool Names(string text) => Members().EnumerateMatches(text).MoveNext();

    [GeneratedRegex("\"(number|cvc)\"\\s*:", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Members();

    private static bool IsText(string? contentType) => contentType is not null && Texts.Any(text => contentType.Contains(text, StringComparison.OrdinalIgnoreCase));
}
