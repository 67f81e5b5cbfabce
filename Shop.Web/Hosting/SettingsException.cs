namespace Shop.Web.Hosting;

/// <summary>The shop does not start with these settings; every problem in words that name the key.</summary>
internal sealed class SettingsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems));
