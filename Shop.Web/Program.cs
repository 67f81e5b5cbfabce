using Shop.Core;
using Shop.Payments;
using Shop.Payments.Offline;
using Shop.Payments.PayPal;
using Shop.Payments.Sandbox;
using Shop.Payments.Stripe;
using Shop.Payments.Taler;
using Shop.Web.Api;
using Shop.Web.Display;
using Shop.Web.Embed;
using Shop.Web.Hooks;
using Shop.Web.Hosting;
using Shop.Web.Mail;
using Shop.Web.Paywall;
using Shop.Web.Sandbox;
using Shop.Web.Security;

var command = ShopCommand.Parse(args);
if (command is ShopCommand.Unknown)
{
    await Console.Error.WriteLineAsync(CommandLine.Usage);
    return CommandLine.Misused;
}

if (command is ShopCommand.Fees fees && FeesCommand.IsOfFilesAlone(fees.Words))
{
    return await new FeesCommand(Console.Out, Console.Error, TimeProvider.System).RunAsync(fees.Words, inForce: null, CancellationToken.None);
}

try
{
    var builder = WebApplication.CreateBuilder([.. command.Settings]);
    builder.AddHouse(isCommand: command is not ShopCommand.Serve);
    builder.AddSecurity();
    builder.AddMail();
    builder.AddDisplay();
    builder.Services.AddRazorPages();
    builder.Services.AddShopCore();
    builder.Services.AddWebhooks();
    builder.Services.AddSellersApi();
    builder.Services.AddResources();

    // the payment services on offer: the only place that names one
    builder.Services.AddPaymentGateway();
    builder.Services.AddSandboxBank(builder.Configuration, builder.Environment);
    if (SandboxBank.IsAllowed(builder.Configuration, builder.Environment))
    {
        builder.Services.AddPaymentPlugin<SandboxPlugin>(builder.Configuration);
    }

    if (!string.IsNullOrEmpty(builder.Configuration["Payments:Stripe:SecretKey"]))
    {
        builder.Services.AddPaymentPlugin<StripePlugin>(builder.Configuration);
    }

    if (!string.IsNullOrEmpty(builder.Configuration["Payments:PayPal:ClientId"]))
    {
        builder.Services.AddPaymentPlugin<PayPalPlugin>(builder.Configuration);
    }

    if (!string.IsNullOrEmpty(builder.Configuration["Payments:Taler:BackEnd"]))
    {
        builder.Services.AddPaymentPlugin<TalerPlugin>(builder.Configuration);
    }

    builder.Services.AddOfflinePayments(builder.Configuration);

    builder.Services.RemoveEagerKeyRing();
    await using var app = builder.Build();
    SettingsCheck.Run(app.Services);
    if (command is not ShopCommand.Serve)
    {
        return await new CommandLine(app.Services, Console.Out).RunAsync(command, CancellationToken.None);
    }

    app.UseHouse();
    if (HostRegistration.Role(app.Configuration) != ShopRole.Worker)
    {
        app.MapRazorPages();
        Webhooks.Map(app);
        app.MapSellersApi();
        Reminders.Map(app);
        MailPreviews.Map(app);
        LibraryFile.Map(app);
        FeeMetricsFile.Map(app);
        ResourceFiles.Map(app);
        app.MapCommunity();
        app.MapSandboxBank();
    }

    await app.RunAsync();
    return Environment.ExitCode;
}
catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
catch (SettingsException e)
{
    await Console.Error.WriteLineAsync("The shop does not start with these settings:");
    await Console.Error.WriteLineAsync(e.Message);
    return command is ShopCommand.Fees ? FeesCommand.Invalid : 1;
}
