using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using Microsoft.Extensions.Options;
using Shop.Web.Hosting;

namespace Shop.Web.Mail;

/// <summary>Sends a mail: through the server that is named, else into the folder. It throws when it could not; the outbox tries again.</summary>
internal sealed partial class MailSender(
    IOptions<MailOptions> options, MailFolder folder, ShopAddress address, TimeProvider clock, ILogger<MailSender> log)
{
    public async Task SendAsync(OutgoingMail mail, CancellationToken cancellationToken)
    {
        if (!MailAddresses.IsUsable(mail.To))
        {
            // an address like this was never taken from anybody; trying again would not help
            Unusable(mail.DedupeKey);
            return;
        }

        var wire = mail with { To = MailAddresses.Wire(mail.To), Subject = MailFile.OneLine(mail.Subject) };
        var id = wire.MessageId(address.Host);
        if (options.Value.Smtp.Host is { Length: > 0 } host)
        {
            await SendAsync(wire, id, host, cancellationToken);
        }
        else
        {
            folder.Write(id, MailFile.Write(wire, From, address.Host, clock.GetUtcNow()));
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
        message.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(mail.Text(), Encoding.UTF8, MediaTypeNames.Text.Plain));
        message.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(mail.Html(), Encoding.UTF8, MediaTypeNames.Text.Html));
        await client.SendMailAsync(message, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Mail {Id} was sent.")]
    private partial void Sent(string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Mail {Key} has no usable address and is dropped.")]
    private partial void Unusable(string key);
}
