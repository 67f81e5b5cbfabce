using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Display;
using Shop.Web.Texts;

namespace Shop.Web.Tests.Display;

/// <summary>Here for sentences that nobody wrote: a missing one shows its key to the buyer, and nothing else would notice.</summary>
public sealed partial class TextsTests
{
    private static readonly ResourceManager Layout = new(typeof(LayoutTexts));
    private static readonly ResourceManager Shop = new(typeof(ShopTexts));
    private static readonly ResourceManager Checkout = new(typeof(CheckoutTexts));
    private static readonly ResourceManager Orders = new(typeof(OrderTexts));

    [Fact]
    public void Sources_EveryKeyWrittenOut_HasWords()
    {
        var files = Directory.EnumerateFiles(Repository.Path("Shop.Web"), "*.cs*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".cshtml", StringComparison.Ordinal))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
        var keys = files.SelectMany(Keys).ToList();
        Assert.True(keys.Count > 200, $"only {keys.Count} keys were found: the pattern no longer fits the code");
        var missing = keys.Where(key => Word(key.Words, key.Key) is null).Select(key => $"{key.File}: {key.Key}").ToList();
        Assert.Empty(missing);
    }

    [Fact]
    public void LineRefusals_Each_HasASentence() => Complete<LineRefusal>(Shop, refusal => $"Refusal.{refusal}");

    [Fact]
    public void PlaceRefusals_Each_HasASentence() => Complete<PlaceRefusal>(Checkout, refusal => $"Refusal.{refusal}");

    [Fact]
    public void MethodRefusals_Each_HasASentence() => Complete<MethodRefusal>(Checkout, refusal => $"Method.Disabled.{refusal}");

    [Fact]
    public void DeclineReasons_Each_HasASentence() =>
        Complete<global::Shop.Payments.DeclineReason>(Checkout, reason => $"Ended.{Words.Of(reason)}");

    [Fact]
    public void OrderStates_Each_HasAHeadingALeadAndAWord()
    {
        Complete<OrderState>(Orders, state => $"Order.Heading.{state}");
        Complete<OrderState>(Orders, state => $"Order.Lead.{state}");
        Complete<OrderState>(Orders, state => $"State.{Words.Of(state)}");
    }

    [Fact]
    public void DeliveryStates_Each_HasWords() => Complete<DeliveryState>(Orders, state => $"Delivery.{state}");

    [Fact]
    public void CheckoutSteps_Each_HasAName() => Complete<CheckoutStep>(Layout, step => $"Steps.{step}");

    [Fact]
    public void Promotions_EachStandingRefusalAndMiss_HasASentence()
    {
        var words = new ResourceManager(typeof(PromotionTexts));
        Complete<PromotionStanding>(words, standing => $"Standing.{standing}");
        Complete<CodeRefusal>(words, refusal => $"Code.Refused.{refusal}");
        Complete<PromotionMiss>(words, miss => $"Miss.{miss}");
    }

    private static void Complete<T>(ResourceManager words, Func<T, string> key) where T : struct, Enum =>
        Assert.All(Enum.GetValues<T>(), value => Assert.NotNull(Word(words, key(value))));

    private static string? Word(ResourceManager words, string key) => words.GetString(key, CultureInfo.InvariantCulture);

    private static IEnumerable<(string File, string Key, ResourceManager Words)> Keys(string file)
    {
        var source = File.ReadAllText(file);
        foreach (Match localizer in Localizers().Matches(source))
        {
            var words = new ResourceManager($"Shop.Web.Texts.{localizer.Groups[1].Value}", typeof(LayoutTexts).Assembly);
            var name = Regex.Escape(localizer.Groups[2].Value);
            foreach (Match use in Regex.Matches(source, $"""(?<![\w.]){name}\[(?:[^\]"$]*\? )?"([^"]+)"(?: : "([^"]+)")?"""))
            {
                yield return (file, use.Groups[1].Value, words);
                if (use.Groups[2].Success)
                {
                    yield return (file, use.Groups[2].Value, words);
                }
            }

            foreach (Match use in Regex.Matches(source, $"""(?<![\w.]){name}\.Count\("([^"]+)"|"""))
            {
                if (use.Groups[1].Success)
                {
                    yield return (file, use.Groups[1].Value + ".One", words);
                    yield return (file, use.Groups[1].Value + ".Other", words);
                }
            }
        }
    }

    [GeneratedRegex(@"IStringLocalizer<(\w+)> (\w+)")]
    private static partial Regex Localizers();
}
