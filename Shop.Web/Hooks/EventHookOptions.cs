namespace Shop.Web.Hooks;

/// <summary>How programs of the site are told of events. Which they are stands at the desk.</summary>
internal sealed record EventHookOptions
{
    public const string Section = "EventHooks";

    /// <summary>Plain http, this machine and its network are called too: for development. Production refuses it.</summary>
    public bool AllowPrivate { get; set; }
}
