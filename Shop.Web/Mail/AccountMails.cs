using System.Globalization;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using Shop.Accounts;
using Shop.Core;
using Shop.Web.Hosting;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Mail;

/// <summary>What an account's mail is about.</summary>
internal sealed record AccountMessage(long MemberId);

/// <summary>What was changed about the ways to sign in.</summary>
internal enum FactorChange { On, Off, Codes, RecoveryUsed, PasskeyAdded, PasskeyRemoved, CommunityLinked, CommunityUnlinked }

internal sealed record FactorMessage(long MemberId, FactorChange What);

/// <summary>Puts mails about accounts into the outbox.</summary>
internal sealed class AccountMails(Writes writes, Wake wake, TimeProvider clock)
{
    public const string Confirm = "mail.confirm";
    public const string AddressTaken = "mail.address_taken";
    public const string Reset = "mail.reset";
    public const string PasswordChanged = "mail.password_changed";
    public const string SecondFactor = "mail.second_factor";

    public Task AskForAsync(string kind, long memberId, CancellationToken cancellationToken) =>
        AddAsync(kind, memberId, "", new AccountMessage(memberId), cancellationToken);

    /// <summary>Tells a member what was changed about signing in.</summary>
    public Task TellAsync(FactorChange what, long memberId, CancellationToken cancellationToken) =>
        AddAsync(SecondFactor, memberId, $":{what}", new FactorMessage(memberId, what), cancellationToken);

    private async Task AddAsync(string kind, long memberId, string more, object message, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var key = string.Create(CultureInfo.InvariantCulture, $"{kind}:{memberId}{more}:{now.ToUnixTimeMilliseconds()}");
        await writes.RunAsync((unit, token) => Outbox.AddOnceAsync(unit.Db, key, kind, message, now, now, token), cancellationToken);
        wake.Call();
    }
}

/// <summary>Mails about an account. The tokens of their links are made when the mail is, and stand nowhere else.</summary>
internal abstract class AccountMailHandler(MailSender sender, IStringLocalizer<MailTexts> texts, UserManager<Member> users, ShopAddress address)
    : MailHandler(sender, texts)
{
    protected UserManager<Member> Users => users;

    protected sealed override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var id = Read<AccountMessage>(row).MemberId.ToString(CultureInfo.InvariantCulture);
        if (await users.FindByIdAsync(id) is not { Email: { } to } member)
        {
            return null;
        }

        var token = await TokenAsync(member);
        return token is null ? null : Write(row.DedupeKey, to, member, token);
    }

    protected sealed override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Address, MailSamples.Member, MailSamples.Token);

    private OutgoingMail Write(string key, string to, Member member, string token)
    {
        var language = Speak(member.Culture);
        var (subject, blocks) = Tell(member, token);
        return new OutgoingMail { DedupeKey = key, To = to, Subject = subject, Language = language.Name, Blocks = blocks };
    }

    /// <summary>The token of its link, "" where it has none; null: there is nothing to say any more.</summary>
    protected virtual Task<string?> TokenAsync(Member member) => Task.FromResult<string?>("");

    protected abstract (string Subject, IReadOnlyList<MailBlock> Blocks) Tell(Member member, string token);

    protected Uri Link(string path, Member member, string token) =>
        address.Link(string.Create(CultureInfo.InvariantCulture, $"{path}?member={member.Id}&token={token}"));

    protected Uri Link(string path) => address.Link(path);
}

internal sealed class ConfirmMail(MailSender sender, IStringLocalizer<MailTexts> texts, UserManager<Member> users, ShopAddress address)
    : AccountMailHandler(sender, texts, users, address)
{
    public override string Kind => AccountMails.Confirm;

    protected override async Task<string?> TokenAsync(Member member) => member.EmailConfirmed ? null : await Users.GenerateEmailConfirmationTokenAsync(member);

    protected override (string Subject, IReadOnlyList<MailBlock> Blocks) Tell(Member member, string token) => (Texts["Confirm.Subject"],
        [Say("Hello", member.UserName!), Say("Confirm.Why"), Lead("Confirm.Link", Link("/account/confirm", member, token)), Say("Confirm.NotYou")]);
}

/// <summary>Tells the owner of an address that somebody registered with it.</summary>
internal sealed class AddressTakenMail(MailSender sender, IStringLocalizer<MailTexts> texts, UserManager<Member> users, ShopAddress address)
    : AccountMailHandler(sender, texts, users, address)
{
    public override string Kind => AccountMails.AddressTaken;

    protected override (string Subject, IReadOnlyList<MailBlock> Blocks) Tell(Member member, string token) => (Texts["Taken.Subject"],
        [Say("Hello", member.UserName!), Say("Taken.What"), Say("Taken.You"), Lead("Taken.Link", Link("/account/forgot")), Say("Taken.NotYou")]);
}

internal sealed class ResetMail(MailSender sender, IStringLocalizer<MailTexts> texts, UserManager<Member> users, ShopAddress address)
    : AccountMailHandler(sender, texts, users, address)
{
    public override string Kind => AccountMails.Reset;

    protected override async Task<string?> TokenAsync(Member member) => await Users.GeneratePasswordResetTokenAsync(member);

    protected override (string Subject, IReadOnlyList<MailBlock> Blocks) Tell(Member member, string token) => (Texts["Reset.Subject"],
        [Say("Hello", member.UserName!), Say("Reset.Why"), Lead("Reset.Link", Link("/account/reset", member, token)), Say("Reset.NotYou")]);
}

/// <summary>Tells a member that the password was changed, in case it was somebody else.</summary>
internal sealed class PasswordChangedMail(MailSender sender, IStringLocalizer<MailTexts> texts, UserManager<Member> users, ShopAddress address)
    : AccountMailHandler(sender, texts, users, address)
{
    public override string Kind => AccountMails.PasswordChanged;

    protected override (string Subject, IReadOnlyList<MailBlock> Blocks) Tell(Member member, string token) => (Texts["Changed.Subject"],
        [Say("Hello", member.UserName!), Say("Changed.What"), Say("Changed.NotYou"), Lead("Taken.Link", Link("/account/forgot"))]);
}

/// <summary>Tells a member what was changed about the second step of signing in, passkeys, or the community's account, in case it was somebody else.</summary>
internal sealed class SecondFactorMail(
    MailSender sender, IStringLocalizer<MailTexts> texts, UserManager<Member> users, ShopAddress address, IOptions<CommunityOptions> community) : MailHandler(sender, texts)
{
    public override string Kind => AccountMails.SecondFactor;

    protected override async Task<OutgoingMail?> ComposeAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var message = Read<FactorMessage>(row);
        return await users.FindByIdAsync(message.MemberId.ToString(CultureInfo.InvariantCulture)) is { Email: { } to } member ? Write(row.DedupeKey, to, member, message.What) : null;
    }

    protected override OutgoingMail Sample() => Write(MailSamples.Key, MailSamples.Address, MailSamples.Member, FactorChange.On);

    private OutgoingMail Write(string key, string to, Member member, FactorChange what)
    {
        var language = Speak(member.Culture);
        return new OutgoingMail
        {
            DedupeKey = key,
            To = to,
            Subject = Texts["Factor.Subject"],
            Language = language.Name,
            Blocks = [Say("Hello", member.UserName!), Say($"Factor.{what}", community.Value.Name), Say("Factor.NotYou"), Lead("Factor.Link", address.Link("/account/security"))],
        };
    }
}
