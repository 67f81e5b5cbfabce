using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Hosting;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>The last mail of an account. Its address stands in the message alone, because the account has none any more.</summary>
internal sealed class AccountClosedMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopAddress address) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.AccountClosed;

    protected override Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken) =>
        Task.FromResult<OutgoingMail?>(Write(row.DedupeKey, Read<AccountClosedMessage>(row)));

    protected override OutgoingMail Sample() => Write(MailSamples.Key, new AccountClosedMessage(MailSamples.Name, MailSamples.Address, MailSamples.Culture));

    private OutgoingMail Write(string key, AccountClosedMessage closed)
    {
        var language = Speak(closed.Culture);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = closed.Email,
            Subject = Texts["Closed.Subject"],
            Language = language.Name,
            Blocks = [Say("Hello", closed.Name), Say("Closed.What"), Say("Closed.Money"), Say("Closed.NotYou"), Lead("Closed.Link", address.Link("/about/imprint"))],
        };
    }
}
