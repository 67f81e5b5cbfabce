using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>A renewal was not paid: what, how much, by which method, and the link where it is set right (MZ-30). One for each attempt that failed.</summary>
internal sealed class RenewalFailedMail(
    MailSender sender, IStringLocalizer<MailTexts> texts, IStringLocalizer<CheckoutTexts> checkout, ShopDbContext db, RenewalFixes fixes, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.RenewalFailed;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken) =>
        await fixes.FailedAsync(db, Read<RenewalFailedMessage>(row), cancellationToken) is { Email: { } address } failed ? Write(row.DedupeKey, failed, address) : null;

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.RenewalFailed, MailSamples.Address);

    private OutgoingMail Write(string key, RenewalFailedView failed, string address)
    {
        var language = Speak(failed.Culture);
        var zone = Zone(failed.TimeZone);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = address,
            Subject = Texts["RenewalFailed.Subject", failed.Title],
            Language = language.Name,
            Blocks =
            [
                Greet(failed.Name),
                Say("RenewalFailed.What"),
                new MailBlock.Facts(
                [
                    (Texts["RenewalFailed.Name"], failed.Title),
                    (Texts["RenewalFailed.Amount"], failed.Amount.Text(language)),
                    (Texts["RenewalFailed.Method"], failed.Method is { } method ? checkout.Of(method) : Texts["RenewalFailed.NoMethod"]),
                ]),
                .. checkout.WhyEnded(failed.Reason) is { } why ? [new MailBlock.Paragraph(why)] : Array.Empty<MailBlock>(),
                .. failed.NextTryAt is { } next ? [Say("RenewalFailed.Next", TimeText.Date(next, zone, language))] : Array.Empty<MailBlock>(),
                .. failed.EndsUnpaidAt is { } ends ? [Say("RenewalFailed.Last", TimeText.Date(ends, zone, language))] : Array.Empty<MailBlock>(),
                Say("RenewalFailed.Valid", TimeText.Moment(failed.EndsAt, zone, language)),
                Lead("RenewalFailed.Link", links.Fix(failed.Token)),
            ],
        };
    }
}

/// <summary>The shop has ended a subscription: nothing is charged any more, and until when it is valid (MZ-35).</summary>
internal sealed class SubscriptionEndedMail(MailSender sender, IStringLocalizer<MailTexts> texts, RenewalFixes fixes, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.SubscriptionEnded;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken) =>
        await fixes.MailAsync(Read<SubscriptionMessage>(row).SubscriptionId, cancellationToken) is { Email: { } address } ended ? Write(row.DedupeKey, ended, address) : null;

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Subscription, MailSamples.Address);

    private OutgoingMail Write(string key, SubscriptionMailView ended, string address)
    {
        var language = Speak(ended.Culture);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = address,
            Subject = Texts["SubscriptionEnded.Subject", ended.Title],
            Language = language.Name,
            Blocks =
            [
                Greet(ended.Name),
                Say($"SubscriptionEnded.{ended.Why}", ended.Title),
                Say("SubscriptionEnded.NoMore"),
                ended.ValidUntil is { } until ? Say("SubscriptionEnded.Until", TimeText.Moment(until, Zone(ended.TimeZone), language)) : Say("SubscriptionEnded.Now"),
                .. ended.Name is null ? Array.Empty<MailBlock>() : [Lead("SubscriptionEnded.Link", links.At("account/subscriptions"))],
            ],
        };
    }
}

/// <summary>A subscription will cost something else: what, how much, and from when, days before the first charge by it.</summary>
internal sealed class PriceChangeMail(MailSender sender, IStringLocalizer<MailTexts> texts, RenewalFixes fixes, ShopLinks links) : MailHandler(sender, texts)
{
    public override string Kind => OutboxKinds.PriceChange;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var change = Read<PriceChangeMessage>(row);
        return await fixes.MailAsync(change.SubscriptionId, cancellationToken) is { Email: { } address, State: not SubscriptionState.Ended } subscription
            ? Write(row.DedupeKey, change, subscription, address)
            : null;
    }

    protected override OutgoingMail Sample() =>
        Write(MailSamples.Key, new PriceChangeMessage(1, 2500, 2900, MailSamples.Soon), MailSamples.Subscription, MailSamples.Address);

    private OutgoingMail Write(string key, PriceChangeMessage change, SubscriptionMailView subscription, string address)
    {
        var language = Speak(subscription.Culture);
        var currency = Currency.Of(subscription.Currency);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = address,
            Subject = Texts["PriceChange.Subject", subscription.Title],
            Language = language.Name,
            Blocks =
            [
                Greet(subscription.Name),
                Say("PriceChange.What", subscription.Title, new Money(change.WasMinor, currency).Text(language), new Money(change.PriceMinor, currency).Text(language)),
                Say("PriceChange.From", TimeText.Date(change.From, Zone(subscription.TimeZone), language)),
                Say("PriceChange.Choice"),
                Lead("PriceChange.Link", links.Subscription(subscription.Handle)),
            ],
        };
    }
}
