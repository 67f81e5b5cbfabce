using System.Globalization;
using Microsoft.AspNetCore.Http;
using Shop.Web.Display;

namespace Shop.Web.Tests.Display;

/// <summary>Here for times that lose their zone, their hour or their milliseconds on the way to the page.</summary>
public sealed class TimeTextTests
{
    private static readonly DateTimeOffset At = new(2027, 2, 28, 23, 5, 9, 40, TimeSpan.Zero);

    [Fact]
    public void Machine_AnyOffset_IsUtcWithMilliseconds() =>
        Assert.Equal("2027-02-28T23:05:09.040Z", TimeText.Machine(At.ToOffset(TimeSpan.FromHours(5))));

    [Theory]
    [InlineData("UTC", "28 February 2027, 23:05 UTC")]
    [InlineData("Europe/Berlin", "1 March 2027, 00:05 UTC+1")]
    [InlineData("America/St_Johns", "28 February 2027, 19:35 UTC\u22123:30")]
    public void Moment_ReadersZone_NamesTheHourAndTheZone(string zone, string expected) =>
        Assert.Equal(expected, TimeText.Moment(At, TimeZoneInfo.FindSystemTimeZoneById(zone), CultureInfo.GetCultureInfo("en-GB")));

    [Fact]
    public void Date_AmericanReader_LeavesOutTheWeekday() =>
        Assert.Equal("February 28, 2027", TimeText.Date(At, TimeZoneInfo.Utc, CultureInfo.GetCultureInfo("en-US")));

    [Theory]
    [InlineData("zone=Europe%2FBerlin", "Europe/Berlin")]
    [InlineData("zone=Etc/GMT+3", "Etc/GMT+3")]
    [InlineData("zone=../../etc/passwd", "UTC")]
    [InlineData("zone=/etc/localtime", "UTC")]
    [InlineData("zone=Nowhere/AtAll", "UTC")]
    [InlineData("zone=Pacific%20Standard%20Time", "UTC")] // known to the system, but no browser sends it
    [InlineData("other=1", "UTC")]
    public void Of_CookieOfTheBrowser_IsAZoneOrUtc(string cookie, string expected)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = cookie;
        Assert.Equal(expected, ReaderZone.Of(context).Id);
    }
}
