using Shop.Core;
using Shop.Web.Hosting;
using Shop.Web.Papers;

namespace Shop.Web.Mail;

internal static class MailRegistration
{
    /// <summary>The sender, the folder, and a handler for each kind of mail.</summary>
    public static WebApplicationBuilder AddMail(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<MailOptions>(MailOptions.Section);
        services.AddOptions<MailOptions>().Validate(o => o.IsFromUsable, "Mail:From must be one plain e-mail address, such as shop@shop.example.");
        services.AddSingleton<MailFolder>();
        services.AddOptions<MailOptions>().Validate(o => o.Brand.IsLogoUsable && o.Brand.IsNameUsable, "Mail:Brand: Logo must be an https address, Name a line of words.");
        services.AddOptions<BrandOptions>().BindConfiguration($"{MailOptions.Section}:Brand").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<MailFrames>();
        services.AddScoped<MailPreviews>();
        services.AddSingleton<Reminders>();
        services.AddSingleton<MailSender>();
        services.AddSingleton<AccountMails>();
        services.AddScoped<OutboxHandler, ConfirmMail>();
        services.AddScoped<OutboxHandler, AddressTakenMail>();
        services.AddScoped<OutboxHandler, ResetMail>();
        services.AddScoped<OutboxHandler, PasswordChangedMail>();
        services.AddScoped<OutboxHandler, SecondFactorMail>();
        services.AddScoped<OutboxHandler, AccountClosedMail>();
        services.AddScoped<PaperWriter>();
        services.AddSingleton<PaymentRequestLetter>();
        services.AddScoped<OutboxHandler, ReceiptMail>();
        services.AddScoped<OutboxHandler, PaymentEndedMail>();
        services.AddScoped<OutboxHandler, SendFundsMail>();
        services.AddScoped<OutboxHandler, FundsExpectedMail>();
        services.AddScoped<OutboxHandler, OrderOverMail>();
        services.AddScoped<OutboxHandler, RenewalFailedMail>();
        services.AddScoped<OutboxHandler, SubscriptionEndedMail>();
        services.AddScoped<OutboxHandler, PriceChangeMail>();
        services.AddScoped<OutboxHandler, GiftMail>();
        services.AddScoped<OutboxHandler, ExpiryMail>();
        services.AddScoped<OutboxHandler, ClaimMail>();
        services.AddScoped<OutboxHandler, GiftStuckMail>();
        services.AddScoped<OutboxHandler, RefundMail>();
        services.AddScoped<OutboxHandler, RefundFailedMail>();
        services.AddScoped<OutboxHandler, RefundToFetchMail>();
        services.AddScoped<OutboxHandler, GoodsTakenMail>();
        services.AddScoped<OutboxHandler, ReceiptLinksMail>();
        services.AddScoped<OutboxHandler, PaymentRequestMail>();
        services.AddScoped<OutboxHandler, PointsReceivedMail>();
        services.AddScoped<OutboxHandler, PointsSentMail>();
        services.AddScoped<OutboxHandler, NameSwappedMail>();
        services.AddScoped<OutboxHandler, PointsEndMail>();
        services.AddScoped<OutboxHandler, GiftAnswerMail>();
        services.AddScoped<OutboxHandler, EventMail>();
        services.AddScoped<OutboxHandler, StaffNoticeMail>();
        services.AddScoped<OutboxHandler, DigestMail>();
        return builder;
    }
}
