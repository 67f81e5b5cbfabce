namespace Shop.Accounts;

/// <summary>The account rules of one revision: which classes there are and what happens when time of one meets time of another (F2 to F4).</summary>
public sealed record AccountTerms
{
    public const string Section = "accounts.classes";

    public required IReadOnlyList<AccountClass> Classes { get; init; }

    public required IReadOnlyList<ClassConversion> Conversions { get; init; }

    /// <summary>Time left of at most this many seconds counts as none (F2).</summary>
    public int KeptAboveSeconds { get; init; } = 60;

    /// <summary>A conversion of time with more days left than this needs the owner, where it is possible at all (F4).</summary>
    public int GuardDays { get; init; } = 14;

    /// <summary>The most icons of an account, those of its class and extra ones together.</summary>
    public int MostIcons { get; init; } = 500;

    public AccountClass? Find(string? key) => Classes.FirstOrDefault(c => c.Key == key);

    /// <summary>The terms of the sample site: free, paid, premium, and seed for good.</summary>
    public static AccountTerms Sample { get; } = new()
    {
        Classes =
        [
            new AccountClass { Key = "free", Rank = 0, IconLimit = 6 },
            new AccountClass { Key = "paid", Rank = 1, IconLimit = 75, BonusIcons = true, Guarded = true },
            new AccountClass { Key = "premium", Rank = 2, IconLimit = 150, BonusIcons = true, Guarded = true },
            new AccountClass { Key = "seed", Rank = 3, IconLimit = 150, BonusIcons = true, Permanent = true },
        ],
        Conversions =
        [
            new ClassConversion { From = "paid", Bought = "premium", Result = "premium", KeptNumerator = 7, KeptDenominator = 10 },
            new ClassConversion { From = "premium", Bought = "paid", Result = "premium", SecondsPerMonth = 21 * 86_400, SecondsPerDay = 60_480 },
        ],
    };

    /// <summary>The section of the rule book: what a site may change, and within which bounds.</summary>
    public static RuleSection<AccountTerms> Rules { get; } = new(Section, Sample, terms => terms.Problems())
    {
        Texts = RuleTexts.Resources,
        Fields =
        [
            new RuleField.Number("keptAboveSeconds", 0, 86_400),
            new RuleField.Number("guardDays", 0, 366),
            new RuleField.Number("mostIcons", 0, 10_000),
            new RuleField.Rows("classes", ["key"],
            [
                new RuleField.Number("rank", 0, 99),
                new RuleField.Number("iconLimit", 0, 10_000),
                new RuleField.Switch("bonusIcons"),
                new RuleField.Switch("guarded"),
                new RuleField.Switch("permanent"),
            ]),
            new RuleField.Rows("conversions", ["from", "bought"],
            [
                new RuleField.Word("result", 32),
                new RuleField.Number("keptNumerator", 0, 1_000_000),
                new RuleField.Number("keptDenominator", 1, 1_000_000),
                new RuleField.Number("secondsPerMonth", 0, 31 * 86_400),
                new RuleField.Number("secondsPerDay", 0, 86_400),
            ]),
        ],
    };

    /// <summary>What is wrong with these terms besides single values out of bounds, in words for the person who publishes them; empty when nothing is.</summary>
    public IEnumerable<RuleProblem> Problems()
    {
        if (Classes.Count(c => c.Rank == 0) != 1)
        {
            yield return new RuleProblem($"{Section}:classes", RuleTexts.Get("OneFree"));
        }

        if (Classes.Select(c => c.Key).Distinct(StringComparer.Ordinal).Count() != Classes.Count)
        {
            yield return new RuleProblem($"{Section}:classes", RuleTexts.Get("SameClass"));
        }

        foreach (var conversion in Conversions)
        {
            var path = $"{Section}:conversions[{conversion.From}+{conversion.Bought}]";
            if (Find(conversion.From) is null || Find(conversion.Bought) is null || Find(conversion.Result) is null)
            {
                yield return new RuleProblem(path, RuleTexts.Get("UnknownClass", conversion.From, conversion.Bought));
            }
            else if (conversion.Result != conversion.From && conversion.Result != conversion.Bought)
            {
                yield return new RuleProblem(path + ".result", RuleTexts.Get("StrangeResult", conversion.From, conversion.Bought));
            }

            if (conversion.KeptNumerator > conversion.KeptDenominator && Find(conversion.From)?.Rank < Find(conversion.Bought)?.Rank)
            {
                yield return new RuleProblem(
                    path + ".keptNumerator",
                    RuleTexts.Get("KeepsMore", conversion.From, conversion.Bought, conversion.KeptNumerator, conversion.KeptDenominator));
            }

            var back = Conversions.FirstOrDefault(c => c.From == conversion.Bought && c.Bought == conversion.From);
            if (Keeps(conversion) && back is not null && Keeps(back)
                && (Int128)conversion.KeptNumerator * back.KeptNumerator > (Int128)conversion.KeptDenominator * back.KeptDenominator)
            {
                yield return new RuleProblem(path + ".keptNumerator", RuleTexts.Get("GainsBothWays", conversion.From, conversion.Bought));
            }
        }
    }

    /// <summary>The class changes, and time left is kept in part.</summary>
    private static bool Keeps(ClassConversion conversion) => conversion.Result == conversion.Bought;
}

/// <summary>A class of accounts. A higher rank gives more; rank 0 is what everybody has for nothing.</summary>
public sealed record AccountClass
{
    public required string Key { get; init; }

    public required int Rank { get; init; }

    public int IconLimit { get; init; }

    /// <summary>Extra icons count while an account is of this class, and may be bought for it.</summary>
    public bool BonusIcons { get; init; }

    /// <summary>Never runs out and takes no more time.</summary>
    public bool Permanent { get; init; }

    /// <summary>Its time is protected from being converted by somebody else (F4).</summary>
    public bool Guarded { get; init; }
}

/// <summary>What happens when an account with time left of <see cref="From"/> gets time of <see cref="Bought"/> (F3).</summary>
public sealed record ClassConversion
{
    public required string From { get; init; }

    public required string Bought { get; init; }

    /// <summary>The class afterwards: <see cref="Bought"/>, with the old time kept in part, or <see cref="From"/>, with the bought time in part.</summary>
    public required string Result { get; init; }

    /// <summary>Where the class changes: the part of the time left that stays, in whole seconds.</summary>
    public int KeptNumerator { get; init; } = 1;

    public int KeptDenominator { get; init; } = 1;

    /// <summary>Where the class stays: what one bought month adds, in seconds (30 days where a site says nothing).</summary>
    public int SecondsPerMonth { get; init; } = 30 * 86_400;

    /// <summary>Where the class stays: what one bought day adds, in seconds.</summary>
    public int SecondsPerDay { get; init; } = 86_400;
}
