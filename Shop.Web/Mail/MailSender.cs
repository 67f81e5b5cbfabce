using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using Microsoft.Extensions.Options;
using Shop.Core;
using Shop.Web.Hosting;

namespace Shop.Web.Mail;

/// <summary>Sends a mail: through the server that is named, else into the folder. It throws when it could not; the outbox tries again, unless the server knows no such mailbox.</summary>
internal sealed partial class MailSender(
    IOptions<MailOptions> options, MailFolder folder, MailFrames frames, ShopAddress address, TimeProvider clock, ILogger<MailSender> log)
{
    public async Task SendAsync(OutgoingMail mail, CancellationToken cancellationToken)
    {
        if (!MailAddresses.IsUsable(mail.To))
        {
            // an address like this was never taken from anybody; trying again would not help
            throw new UndeliverableException("no usable address");
        }

        var wire = mail with { To = MailAddresses.Wire(mail.To), Subject = MailFile.OneLine(mail.Subject) };
        var id = wire.MessageId(address.Host);
        if (options.Value.Smtp.Host is { Length: > 0 } host)
        {
            await SendAsync(wire, id, host, cancellationToken);
        }
        else
        {
            folder.Write(id, MailFile.Write(wire, frames.Now, From, address.Host, clock.GetUtcNow()));
        }

        Sent(id);
    }

    private string From => options.Value.From is { } from ? MailAddresses.Wire(from) : $"no-reply@{address.Host}";

    private async Task SendAsync(OutgoingMail mail, string id, string host, CancellationToken cancellationToken)
    {
        var smtp = options.Value.Smtp;
        using var client = new SmtpClient(host, smtp.Port) { EnableSsl = smtp.StartTls, DeliveryMethod = SmtpDeliveryMethod.Network };
        if (smtp.User is { Length: > 0 } user)
        {
            client.Credentials = new NetworkCredential(user, smtp.Password);
        }

        using var message = new MailMessage(From, mail.To)
        {
            Subject = mail.Subject,
            SubjectEncoding = Encoding.UTF8,
            HeadersEncoding = Encoding.UTF8,
        };
        message.Headers.Add("Message-ID", $"<{id}>");
        message.Headers.Add("Auto-Submitted", "auto-generated");
        foreach (var (name, value) in mail.MoreHeaders())
        {
            message.Headers.Add(name, value);
        }

        var frame = frames.Now;
        message.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(mail.Text(frame), Encoding.UTF8, MediaTypeNames.Text.Plain));
        message.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(mail.Html(frame), Encoding.UTF8, MediaTypeNames.Text.Html));
        try
        {
            await client.SendMailAsync(message, cancellationToken);
        }
        catch (SmtpFailedRecipientException e) when ((int)e.StatusCode is >= 500 and < 600)
        {
            // the server has no such mailbox, and says that this will stay so; what it says names the address, and is not kept
            throw new UndeliverableException(string.Create(CultureInfo.InvariantCulture, $"refused by the mail server ({(int)e.StatusCode})")) { Address = mail.To };
        }
        catch (SmtpException e)
        {
            throw new NotSentException($"the mail server: {e.StatusCode}", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Mail {Id} was sent.")]
    private partial void Sent(string id);
}
