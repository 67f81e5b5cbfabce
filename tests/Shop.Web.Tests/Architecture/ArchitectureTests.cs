using System.Text.RegularExpressions;
using Shop.TestKit;

namespace Shop.Web.Tests.Architecture;

/// <summary>Holds the table of projects and what each may touch. Read from the compiled code, so that nothing is overlooked.</summary>
public sealed partial class ArchitectureTests : IDisposable
{
    private readonly BuiltAssembly payments = new("Shop.Payments");
    private readonly BuiltAssembly accounts = new("Shop.Accounts");
    private readonly BuiltAssembly core = new("Shop.Core");
    private readonly BuiltAssembly web = new("Shop.Web");

    private BuiltAssembly[] All => [payments, accounts, core, web];

    public void Dispose() => Array.ForEach(All, assembly => assembly.Dispose());

    [Fact]
    public void Payments_ReferToNoDatabaseNoWebAndNoOtherProject() =>
        None(payments.References.Where(name =>
            Under(name, "Microsoft.EntityFrameworkCore", "Microsoft.Data", "Npgsql", "Microsoft.AspNetCore", "Shop")));

    [Fact]
    public void Accounts_ReferToNoOtherProject() => None(accounts.References.Where(name => Under(name, "Shop")));

    [Fact]
    public void Core_RefersToAccountsAndPaymentsOnly() =>
        None(core.References.Where(name => Under(name, "Shop")).Except(["Shop.Accounts", "Shop.Payments"]));

    [Fact]
    public void Accounts_KnowNoOrderCartOrProvider() =>
        None(accounts.DefinedTypes.Where(name => ShopWords().IsMatch(name[(name.LastIndexOf('.') + 1)..])));

    [Fact]
    public void Core_UsesNoTypeOfAspNetCoreButIdentitysEntities() =>
        None(core.UsedTypes.Where(name => Under(name, "Microsoft.AspNetCore") && !IdentityEntities().IsMatch(name)));

    [Fact]
    public void AccountsAndCore_MakeNoHttpCalls() =>
        None(accounts.UsedTypes.Concat(core.UsedTypes).Where(name => Under(name, "System.Net.Http")));

    [Fact]
    public void Core_NamesNoProvider() =>
        None(core.Strings.Where(text => !IsSourcePath(text)).Concat(core.DefinedTypes).Where(text => Providers().IsMatch(text)));

    [Fact]
    public void Core_UsesThePluginContractAndNoPluginOfItsOwnAccord() =>
        None(core.UsedTypes.Where(name =>
            Under(name, "Shop.Payments.Stripe", "Shop.Payments.PayPal", "Shop.Payments.Offline", "Shop.Payments.Taler", "Shop.Payments.Sandbox")));

    [Fact]
    public void Web_ChangesNothingInTheShopsDatabase() =>
        None(web.Calls.Where(call => Changes().IsMatch(call.Method) && !Under(call.Caller, "Shop.Web.Sandbox")));

    [Fact]
    public void AutoMapper_IsUsedByWebOnly() =>
        None(new[] { payments, accounts, core }.SelectMany(assembly => assembly.UsedTypes).Where(name => Under(name, "AutoMapper")));

    [Fact]
    public void Locks_AreUsedByTheWriteQueueOnly() =>
        None(All.SelectMany(assembly => assembly.Calls)
            .Where(call => Locks().IsMatch(call.Method) && !call.Caller.EndsWith(".Writes", StringComparison.Ordinal)));

    /// <summary>
    /// The places where tests kill the shop, and the clock that they move, exist under a switch of the build alone (ASVS 15.2.3). That they are
    /// there under it is for Shop.Faults.Tests to show.
    /// </summary>
    [Fact]
    public void UsualBuild_ContainsNoCrashPointAndNoMovableClock()
    {
        None(All.SelectMany(assembly => assembly.References).Where(name => name == "Shop.CrashPoints"));
        None(All.SelectMany(assembly => assembly.UsedTypes.Concat(assembly.DefinedTypes)).Where(name => name is "Shop.Crash" or "Shop.MovableClock"));
        None(All.SelectMany(assembly => assembly.Calls).Where(call => call.Method.StartsWith("Shop.Crash.", StringComparison.Ordinal)));
        None(All.SelectMany(assembly => assembly.Strings).Where(text => text.StartsWith("SHOP_C", StringComparison.Ordinal) || CrashPoints().IsMatch(text)));
        None(Directory.EnumerateFiles(AppContext.BaseDirectory, "Shop.CrashPoints*"));
    }

    [Fact]
    public void Types_StandInTheNamespaceOfTheirProject() =>
        None(All.SelectMany(assembly => assembly.DefinedTypes.Where(name => !Under(name, assembly.Name)))
            // the host's entry point, and attributes that the compiler and its generators embed
            .Except(["Program", "Microsoft.CodeAnalysis.EmbeddedAttribute"]).Where(name => !Under(name, "Microsoft.Extensions.Validation.Embedded")));

    /// <summary>What the compiler writes for CallerFilePath: it tells where somebody keeps the sources.</summary>
    private static bool IsSourcePath(string text) => Path.IsPathRooted(text) && text.EndsWith(".cs", StringComparison.Ordinal);

    private static void None<T>(IEnumerable<T> offenders)
    {
        var found = offenders.Select(offender => $"{offender}").Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(found.Count == 0, string.Join(Environment.NewLine, found.Prepend("not allowed here:")));
    }

    private static bool Under(string name, params string[] spaces) =>
        spaces.Any(space => name == space || name.StartsWith(space + ".", StringComparison.Ordinal));

    // a whole word of the type's name; Identity's token providers and .NET's time and service providers are another trade
    [GeneratedRegex("^(?!.*(Token|Time|Service)Provider)([A-Z][a-z0-9]*)*(Orders?|Carts?|Providers?|Refunds?|Checkout)(?![a-z])")]
    private static partial Regex ShopWords();

    [GeneratedRegex(@"^Microsoft\.AspNetCore\.Identity\.(EntityFrameworkCore\.)?Identity(User|Role|DbContext|Passkey|UserPasskey)\w*(`\d)?$")]
    private static partial Regex IdentityEntities();

    [GeneratedRegex(@"^K\d\d?$")]
    private static partial Regex CrashPoints();

    [GeneratedRegex("stripe|paypal|taler|sandbox", RegexOptions.IgnoreCase)]
    private static partial Regex Providers();

    [GeneratedRegex(@"\.(SaveChanges|ExecuteUpdate|ExecuteDelete|ExecuteSql\w*|ExecuteNonQuery)(Async)?$")]
    private static partial Regex Changes();

    [GeneratedRegex(@"^System\.Threading\.(Monitor|Mutex|Semaphore|SemaphoreSlim|Lock|SpinLock|ReaderWriterLock(Slim)?)\.")]
    private static partial Regex Locks();
}
