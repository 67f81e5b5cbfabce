using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>Tells each of two people who swapped their names what they are called now: the old name signs in the other.</summary>
internal sealed class NameSwappedMail(MailSender sender, IStringLocalizer<MailTexts> texts, ShopDbContext db, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.NameSwapped;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var swap = await NameSwaps.ReadAsync(db, Read<NameSwapMessage>(row), cancellationToken);
        if (swap.Email is null)
        {
            return null;
        }

        return Write(row.DedupeKey, swap, swap.Email);
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Swap, MailSamples.Address);

    private OutgoingMail Write(string key, NameSwapView swap, string address)
    {
        var language = Speak(swap.Culture);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = address,
            Subject = Texts["Swapped.Subject", swap.NewName],
            Language = language.Name,
            Blocks = [Say("Hello", swap.NewName), Say("Swapped.What", swap.OldName, swap.NewName), Say("Swapped.SignIn"), Lead("Swapped.Link", links.At("account"))],
        };
    }
}
